import Messages

/// What a row must be, so that the system will not call its command malformed.
struct RowRules {
    /// The values may have this many bytes as written. With a name and a customer id of their greatest lengths, and
    /// every byte escaped, the command then stays below the contract's 64 KiB.
    static let longestValues = 8192
    static let longestCustomerID = 128
    static let longestName = 256

    /// The declared ones.
    let attributes: [UniqueAttribute]

    /// - Parameter spellings: for each attribute what the row has.
    func check(line: Int, spellings: [String?], customerID: String?, name: String?) -> CustomerFileEntry {
        let customerID = customerID.flatMap { $0.isEmpty ? nil : $0 }
        let name = name.flatMap { $0.isEmpty ? nil : $0 }
        func unusable(_ reason: String) -> CustomerFileEntry { .unusable(UnusableRow(line: line, reason: reason)) }

        var keys: [UniqueKey] = []
        var used: [String] = []
        for (attribute, spelling) in zip(attributes, spellings) {
            guard let spelling, !spelling.isEmpty else {
                if attribute.isRequired { return unusable("\(attribute.name) is empty") }
                continue
            }
            used.append(spelling)
            // Before it is normalized: that takes its time.
            guard used.reduce(0, { $0 + $1.utf8.count }) <= Self.longestValues else {
                return unusable("\(attribute.name) makes the values longer than \(Self.longestValues) bytes")
            }
            guard let value = attribute.normalize.normalize(spelling) else {
                return unusable("\(attribute.name) is no value by the rule \(attribute.normalize)")
            }
            keys.append(UniqueKey(attribute: attribute.name, value: value))
        }
        if let customerID {
            guard customerID.utf8.count <= Self.longestCustomerID else {
                return unusable("customer id is longer than \(Self.longestCustomerID) bytes")
            }
            guard customerID.unicodeScalars.allSatisfy(Self.isPrintable) else {
                return unusable("customer id has control characters")
            }
        }
        // Scalars, not what is perceived as characters: whoever counts less strictly takes the name too.
        if let name, name.unicodeScalars.count > Self.longestName {
            return unusable("name is longer than \(Self.longestName) characters")
        }
        return .usable(
            CustomerRow(
                line: line, values: UniqueValues(keys), spellings: used, customerID: customerID, name: name))
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
