/// One value inside JSON bytes, as its place: nothing is decoded before it is asked for.
public struct JSONElement: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case string(escaped: Bool)
        case number(isInteger: Bool)
        case object, array, boolean, null
    }
    public var kind: Kind
    /// The value's bytes; a string's quotes included.
    public var range: Range<Int>
}

/// What stands under a name that a message should have.
public enum JSONField: Hashable, Sendable {
    /// Not there, or null: CloudEvents' JSON format treats both alike.
    case absent
    case text(String)
    /// There, but not to be used: another type, given twice, or no valid text. The text says which.
    case unusable(String)
}

/// The members of one JSON object, found in one pass over bytes that are kept as they came.
public struct JSONObject: Sendable {
    public let bytes: [UInt8]
    /// The object's own place in the bytes.
    public let range: Range<Int>
    private var members: [(name: JSONElement, value: JSONElement)] = []

    /// All members, in their order.
    var elements: [(name: JSONElement, value: JSONElement)] { members }

    /// Reads the object that the bytes are. Anything before or after it but white space is refused, as is what is not
    /// UTF-8.
    public init(_ bytes: [UInt8]) throws(JSONProblem) {
        if !bytes.allSatisfy({ $0 < 0x80 }), String(validating: bytes, as: UTF8.self) == nil {
            throw JSONProblem(detail: "not UTF-8", offset: 0)
        }
        try self.init(bytes, within: 0..<bytes.count)
    }

    init(_ bytes: [UInt8], within outer: Range<Int>) throws(JSONProblem) {
        self.bytes = bytes
        var scanner = JSONScanner(bytes, range: outer)
        scanner.skipSpace()
        let start = scanner.position
        try scanner.expect(UInt8(ascii: "{"), "an object")
        members.reserveCapacity(12)
        scanner.skipSpace()
        if scanner.next == UInt8(ascii: "}") {
            scanner.position += 1
        } else {
            while true {
                scanner.skipSpace()
                let name = try scanner.string()
                scanner.skipSpace()
                try scanner.expect(UInt8(ascii: ":"), "a colon")
                scanner.skipSpace()
                members.append((name, try scanner.value()))
                scanner.skipSpace()
                if scanner.next == UInt8(ascii: "}") {
                    scanner.position += 1
                    break
                }
                try scanner.expect(UInt8(ascii: ","), "a comma or the end of the object")
            }
        }
        range = start..<scanner.position
        scanner.skipSpace()
        if scanner.position != outer.upperBound { throw scanner.problem("something after the object") }
    }

    /// The value under a name; nil if there is none.
    /// - Throws: when the name is there more than once: whoever reads it has to guess which one is meant.
    public func element(_ name: String) throws(JSONProblem) -> JSONElement? {
        var found: JSONElement?
        for member in members where matches(member.name, name) {
            if found != nil {
                throw JSONProblem(detail: "`\(name)` is there twice", offset: member.name.range.lowerBound)
            }
            found = member.value
        }
        return found
    }

    private func matches(_ element: JSONElement, _ name: String) -> Bool {
        if element.kind == .string(escaped: true) { return text(of: element) == name }
        let utf8 = name.utf8
        guard element.range.count == utf8.count + 2 else { return false }
        var index = element.range.lowerBound + 1
        for byte in utf8 {
            if bytes[index] != byte { return false }
            index += 1
        }
        return true
    }

    /// A text member.
    public func field(_ name: String) -> JSONField {
        do {
            guard let element = try element(name), element.kind != .null else { return .absent }
            guard case .string = element.kind else { return .unusable("`\(name)` is not a string") }
            guard let text = text(of: element) else { return .unusable("`\(name)` is not valid text") }
            return .text(text)
        } catch { return .unusable(error.detail) }
    }

    /// A text member, when it is there and is text.
    public func text(_ name: String) -> String? {
        if case .text(let text) = field(name) { text } else { nil }
    }

    /// A whole number, when it is there and is one.
    public func integer(_ name: String) -> Int64? {
        guard let element = try? element(name), element.kind == .number(isInteger: true) else { return nil }
        return Int64(String(decoding: bytes[element.range], as: UTF8.self))
    }

    /// True or false, when it is there and is one of them.
    public func boolean(_ name: String) -> Bool? {
        guard let element = try? element(name), element.kind == .boolean else { return nil }
        return bytes[element.range.lowerBound] == UInt8(ascii: "t")
    }

    /// The texts of an array of strings, when it is there and is one.
    public func texts(_ name: String) -> [String]? {
        guard let element = try? element(name), element.kind == .array else { return nil }
        var scanner = JSONScanner(bytes, range: element.range)
        var texts: [String] = []
        scanner.position += 1
        while true {
            scanner.skipSpace()
            if scanner.next == UInt8(ascii: "]") { return texts }
            guard let element = try? scanner.value(), case .string = element.kind, let text = text(of: element) else {
                return nil
            }
            texts.append(text)
            scanner.skipSpace()
            if scanner.next == UInt8(ascii: ",") { scanner.position += 1 }
        }
    }

    /// The object under a name, when it is there and is one.
    public func object(_ name: String) -> JSONObject? {
        guard let element = try? element(name), element.kind == .object else { return nil }
        return try? JSONObject(bytes, within: element.range)
    }

    /// A value's bytes as they came.
    public func raw(_ element: JSONElement) -> [UInt8] { Array(bytes[element.range]) }

    /// The text of a string element; nil when it has a lone surrogate, which no Unicode text can hold.
    func text(of element: JSONElement) -> String? {
        let content = (element.range.lowerBound + 1)..<(element.range.upperBound - 1)
        guard element.kind == .string(escaped: true) else { return String(decoding: bytes[content], as: UTF8.self) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(content.count)
        var index = content.lowerBound
        while index < content.upperBound {
            guard bytes[index] == UInt8(ascii: "\\") else {
                decoded.append(bytes[index])
                index += 1
                continue
            }
            let escape = bytes[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "b"): decoded.append(0x08)
            case UInt8(ascii: "f"): decoded.append(0x0C)
            case UInt8(ascii: "n"): decoded.append(0x0A)
            case UInt8(ascii: "r"): decoded.append(0x0D)
            case UInt8(ascii: "t"): decoded.append(0x09)
            case UInt8(ascii: "u"):
                var unit = codeUnit(at: index)
                index += 4
                if (0xD800..<0xDC00).contains(unit) {
                    guard index + 6 <= content.upperBound, bytes[index] == UInt8(ascii: "\\"),
                        bytes[index + 1] == UInt8(ascii: "u")
                    else { return nil }
                    let low = codeUnit(at: index + 2)
                    guard (0xDC00..<0xE000).contains(low) else { return nil }
                    unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
                    index += 6
                }
                guard let scalar = Unicode.Scalar(unit) else { return nil }
                decoded.append(contentsOf: String(Character(scalar)).utf8)
            default: decoded.append(escape)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private func codeUnit(at index: Int) -> UInt32 {
        var unit: UInt32 = 0
        for place in index..<(index + 4) { unit = unit << 4 | UInt32(Hexadecimal.value(bytes[place]) ?? 0) }
        return unit
    }
}
