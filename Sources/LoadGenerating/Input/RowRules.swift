/// What a row must be, so that the system will not call its command malformed.
struct RowRules {
    /// A document may have this many bytes as written. With a name and a customer id of their greatest lengths, and
    /// every byte escaped, the command then stays below the contract's 64 KiB.
    static let longestDocument = 8192
    static let longestCustomerID = 128
    static let longestName = 256

    /// Gives the document as the system will see it, or nil if nothing usable is left of it.
    let normalize: (String) -> String?

    func check(line: Int, document: String?, customerID: String?, name: String?) -> CustomerFileEntry {
        let customerID = customerID.flatMap { $0.isEmpty ? nil : $0 }
        let name = name.flatMap { $0.isEmpty ? nil : $0 }
        func unusable(_ reason: String) -> CustomerFileEntry { .unusable(UnusableRow(line: line, reason: reason)) }

        guard let document, !document.isEmpty else { return unusable("document is empty") }
        guard document.utf8.count <= Self.longestDocument else {
            return unusable("document is longer than \(Self.longestDocument) bytes")
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
        guard let normalized = normalize(document) else {
            let hasContent = document.unicodeScalars.contains(where: Self.isLetterOrDigit)
            return unusable("document has \(hasContent ? "too many letters and digits" : "no letters or digits")")
        }
        return .usable(
            CustomerRow(
                line: line, document: document, normalizedDocument: normalized, customerID: customerID, name: name))
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber: true
        default: false
        }
    }
}
