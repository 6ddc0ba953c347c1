/// What stands between the fields of a CSV file.
public enum Separator: UInt8, Hashable, Sendable, CaseIterable {
    // In the order in which they are tried.
    case comma = 0x2C
    case semicolon = 0x3B
    case tab = 0x09
    case bar = 0x7C

    /// - Parameter name: the character, or `comma`, `semicolon`, `tab`, `bar`.
    public init?(name: String) {
        if let found = Self.allCases.first(where: { $0.name == name.lowercased() }) {
            self = found
        } else if name == "\\t" {
            self = .tab
        } else {
            guard name.utf8.count == 1, let byte = name.utf8.first else { return nil }
            self.init(rawValue: byte)
        }
    }

    public var name: String {
        switch self {
        case .comma: "comma"
        case .semicolon: "semicolon"
        case .tab: "tab"
        case .bar: "bar"
        }
    }

    /// The line `sep=;` with which spreadsheets are told what separates the fields; nil if there is none.
    static func declared(by line: ArraySlice<UInt8>) -> Separator? {
        let mark = Array("sep=".utf8)
        let text = line.first == .quote && line.last == .quote ? line.dropFirst().dropLast() : line
        guard text.count == mark.count + 1, text.map({ $0 | 0x20 }).dropLast() == mark.map({ $0 | 0x20 })[...] else {
            return nil
        }
        return text.last.flatMap(Separator.init)
    }

    /// What separates the fields of a header: what makes the most wanted names of it, and then the most fields.
    static func found(in header: ArraySlice<UInt8>, wanted: [String]) -> Separator {
        var best = Separator.comma
        var bestScore = (-1, -1)
        for separator in allCases {
            let names = names(in: header, separatedBy: separator)
            let score = (wanted.count { !ColumnNames.places(of: $0, in: names).isEmpty }, names.count)
            if score > bestScore { (best, bestScore) = (separator, score) }
        }
        return best
    }

    private static func names(in header: ArraySlice<UInt8>, separatedBy separator: Separator) -> [String] {
        var chunks = [Array(header)]
        var reader = CSVReader(ByteWindow { chunks.popLast() ?? [] }, separator: separator)
        guard case .row(_, let fields)? = try? reader.next() else { return [] }
        return fields.map { String(decoding: $0, as: UTF8.self) }
    }
}
