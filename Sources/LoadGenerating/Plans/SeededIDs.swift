/// Ids derived from a seed and a place, such as `load-000000000000002a-17`, and the way back from them.
struct SeededIDs: Hashable, Sendable {
    private let customerPrefix: String
    private let commandPrefix: String

    init(seed: UInt64) {
        let digits = String(seed, radix: 16)
        let hex = String(repeating: "0", count: 16 - digits.count) + digits
        customerPrefix = "load-\(hex)-"
        commandPrefix = "register-\(hex)-"
    }

    func customerID(at index: Int) -> String { "\(customerPrefix)\(index)" }
    func commandID(at index: Int) -> String { "\(commandPrefix)\(index)" }

    func index(ofCustomer id: String) -> Int? { Self.index(in: id, after: customerPrefix) }
    func index(ofCommand id: String) -> Int? { Self.index(in: id, after: commandPrefix) }

    /// Only the spelling that was given out counts: no sign, no leading zeros.
    private static func index(in id: String, after prefix: String) -> Int? {
        let bytes = id.utf8
        guard bytes.starts(with: prefix.utf8) else { return nil }
        let digits = bytes.dropFirst(prefix.utf8.count)
        guard !digits.isEmpty, digits.count < 19, digits.count == 1 || digits.first != UInt8(ascii: "0") else {
            return nil
        }
        var index = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            index = index * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return index
    }
}
