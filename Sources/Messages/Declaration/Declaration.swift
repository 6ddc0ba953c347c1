/// What must be the same for everybody in a deployment (the contract, section 2). It stands in the topic `deployment`.
public struct Declaration: Hashable, Sendable {
    /// In the order in which they are claimed; 1 to 16.
    public var attributes: [UniqueAttribute]
    /// Of every topic but `deployment`, for ever.
    public var partitions: Int32

    public static let standardPartitions: Int32 = 12
    public static let allowedPartitions: ClosedRange<Int32> = 1...1_000
    static let attributeLimit = 16

    public init(attributes: [UniqueAttribute], partitions: Int32 = standardPartitions) {
        self.attributes = attributes
        self.partitions = partitions
    }

    /// What is written where no operator gives anything else.
    public static func standard(partitions: Int32 = standardPartitions) -> Declaration {
        Declaration(attributes: [UniqueAttribute(name: UniqueAttribute.document)], partitions: partitions)
    }
}

/// A field of the customer of which no two active customers may share a value.
public struct UniqueAttribute: Hashable, Sendable {
    public var name: String
    public var normalize: NormalizationRule
    public var reuse: DocumentReuse
    /// Whether every registration must have a value of it.
    public var isRequired: Bool

    /// The one attribute that the services know today.
    public static let document = "document"

    public init(
        name: String, normalize: NormalizationRule = .alphanumeric, reuse: DocumentReuse = .immediately,
        isRequired: Bool = true
    ) {
        self.name = name
        self.normalize = normalize
        self.reuse = reuse
        self.isRequired = isRequired
    }

    /// 1 to 32 of a to z, 0 to 9 and `-`, beginning with a letter.
    static func isName(_ text: String) -> Bool {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        guard let first = text.utf8.first, letters.contains(first), text.utf8.count <= 32 else { return false }
        return text.utf8.allSatisfy {
            letters.contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
        }
    }
}

/// How a value is brought to the one spelling that is compared, as declarations name it (the contract, section 5).
public enum NormalizationRule: Hashable, Sendable, CustomStringConvertible {
    case alphanumeric
    /// Digits alone; with a length padded on the left with zeros.
    case digits(length: Int?)
    case email
    case trim
    case none

    static let lengths = 1...64

    public init?(_ text: String) {
        switch text {
        case "alphanumeric": self = .alphanumeric
        case "digits": self = .digits(length: nil)
        case "email": self = .email
        case "trim": self = .trim
        case "none": self = .none
        default:
            guard text.hasPrefix("digits="), let length = Int(text.dropFirst(7)), Self.lengths.contains(length),
                text == "digits=\(length)"
            else { return nil }
            self = .digits(length: length)
        }
    }

    public var description: String {
        switch self {
        case .alphanumeric: "alphanumeric"
        case .digits(let length): length.map { "digits=\($0)" } ?? "digits"
        case .email: "email"
        case .trim: "trim"
        case .none: "none"
        }
    }
}

/// What a program of this version runs by.
public struct DeploymentRules: Hashable, Sendable {
    /// Of every topic but `deployment`.
    public var partitions: Int32
    public var normalization: DocumentNormalization
    public var reuse: DocumentReuse

    public init(partitions: Int32, normalization: DocumentNormalization, reuse: DocumentReuse) {
        self.partitions = partitions
        self.normalization = normalization
        self.reuse = reuse
    }
}

extension Declaration {
    /// What this version's services can't do of it; nil if they can.
    public var problemForThisVersion: String? {
        do throws(DeclarationProblem) {
            _ = try rules()
            return nil
        } catch { return error.detail }
    }

    /// What a program runs by.
    ///
    /// Flags can only repeat what is declared: two services with different rules would each be right, and uniqueness
    /// broken.
    /// - Parameters: what the command line says; nil where it says nothing.
    /// - Throws: `DeclarationProblem` for what this version can't do, and where the command line contradicts.
    public func rules(
        normalization: DocumentNormalization? = nil, reuse: DocumentReuse? = nil
    ) throws(DeclarationProblem) -> DeploymentRules {
        guard attributes.count == 1, let only = attributes.first, only.name == UniqueAttribute.document else {
            throw DeclarationProblem(
                "this version knows the one attribute `document`, and \(attributes.map(\.name).joined(separator: ", "))"
                    + " is declared")
        }
        guard let rule = DocumentNormalization(rawValue: only.normalize.description) else {
            throw DeclarationProblem("this version does not know `normalize: \(only.normalize)`, which is declared")
        }
        if let normalization, normalization != rule {
            throw DeclarationProblem(
                "--document-normalization \(normalization.rawValue) contradicts the declaration, which has"
                    + " `normalize: \(rule.rawValue)`: leave the flag out")
        }
        if let reuse, reuse != only.reuse {
            throw DeclarationProblem(
                "--document-reuse \(reuse) contradicts the declaration, which has `reuse: \(only.reuse)`: leave the flag"
                    + " out, or have another rule declared with `soleholder topics create --declaration FILE`")
        }
        return DeploymentRules(partitions: partitions, normalization: rule, reuse: only.reuse)
    }
}
