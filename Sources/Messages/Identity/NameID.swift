internal import Crypto

/// A UUID of version 5 (RFC 9562): the name of something, as a function of what it is made of.
public struct NameID: Hashable, Sendable, CustomStringConvertible {
    /// The 16 bytes, in network order.
    public let bytes: [UInt8]

    /// The contract's namespace, `8f1f6f0e-5d6b-5c8e-9a57-3d5f0c2b7a10`.
    private static let namespace: [UInt8] = [
        0x8f, 0x1f, 0x6f, 0x0e, 0x5d, 0x6b, 0x5c, 0x8e, 0x9a, 0x57, 0x3d, 0x5f, 0x0c, 0x2b, 0x7a, 0x10,
    ]

    /// The id of a name in the contract's namespace.
    public init(name: String) {
        var hash = Insecure.SHA1()
        hash.update(data: Self.namespace)
        hash.update(data: Array(name.utf8))
        var bytes = Array(hash.finalize().prefix(16))
        bytes[6] = bytes[6] & 0x0f | 0x50
        bytes[8] = bytes[8] & 0x3f | 0x80
        self.bytes = bytes
    }

    /// Reads the canonical text; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count == 36 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for (index, digit) in digits.enumerated() {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard digit == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let value = Hexadecimal.value(digit) else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        self.bytes = bytes
    }

    /// The canonical text: lower-case hexadecimal in groups of 8-4-4-4-12.
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, byte) in bytes.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { text.append(UInt8(ascii: "-")) }
            text.append(Hexadecimal.digit(byte >> 4))
            text.append(Hexadecimal.digit(byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The customer id that a first value has in the `derived` strategy.
    public static func customer(of key: UniqueKey) -> NameID { NameID(name: key.text) }
}

/// The contract's K: what makes a command or request the same one when it is sent again.
public struct DeduplicationKey: Hashable, Sendable, CustomStringConvertible {
    public let id: NameID

    /// - Parameters:
    ///   - topic: the topic's name in the contract, without the deployment's prefix.
    ///   - source: empty where the sender gave none.
    public init(topic: Topic, customerID: String, source: String, id: String) {
        self.id = NameID(name: "\(topic.rawValue)\u{1F}\(customerID)\u{1F}\(source)\u{1F}\(id)")
    }

    public var bytes: [UInt8] { id.bytes }
    public var description: String { id.description }
}

enum Digest {
    static func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
}
