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

    public subscript(attribute: String) -> UniqueAttribute? { attributes.first { $0.name == attribute } }

    /// The first attribute: a customer's id may be derived from its value.
    public var first: UniqueAttribute { attributes.first ?? UniqueAttribute(name: UniqueAttribute.document) }

    /// From when values can be taken again that an event of this time gives up.
    public func reuseTimes(of values: UniqueValues, givenUpAt time: Timestamp) -> ReuseTimes {
        ReuseTimes(
            values.keys.compactMap { key in
                self[key.attribute]?.reuse.reusableFrom(time).map {
                    ReuseTimes.Entry(attribute: key.attribute, from: $0)
                }
            })
    }
}

/// A field of the customer of which no two active customers may share a value.
public struct UniqueAttribute: Hashable, Sendable {
    public var name: String
    public var normalize: NormalizationRule
    public var reuse: ReuseRule
    /// Whether every registration must have a value of it.
    public var isRequired: Bool

    /// The attribute of the standard declaration.
    public static let document = "document"
    /// Names that mean something else in a customer's file, or beside the values of a message.
    static let reservedNames: Set = ["name"]

    public init(
        name: String, normalize: NormalizationRule = .alphanumeric, reuse: ReuseRule = .immediately,
        isRequired: Bool = true
    ) {
        self.name = name
        self.normalize = normalize
        self.reuse = reuse
        self.isRequired = isRequired
    }

    /// Whether a text may name an attribute: 1 to 32 of a to z, 0 to 9 and `-`, beginning with a letter.
    static func isName(_ text: String) -> Bool {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        guard let first = text.utf8.first, letters.contains(first), text.utf8.count <= 32 else { return false }
        return text.utf8.allSatisfy {
            letters.contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
        }
    }
}
