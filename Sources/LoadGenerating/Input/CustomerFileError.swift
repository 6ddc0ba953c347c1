/// Why an input file as a whole can't be used. A single bad row is an ``UnusableRow`` instead.
public enum CustomerFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file can't be opened or read.
    case unreadable(path: String, reason: String)
    /// The file is something else than rows.
    case notRows(path: String, what: String, remedy: String)
    /// The file has characters in UTF-8, and bytes that are none.
    case mixedEncodings(path: String, line: Int)
    /// A CSV file without a single line that isn't blank.
    case noHeader(path: String)
    /// The CSV header is no row of RFC 4180.
    case brokenHeader(path: String, line: Int, reason: String)
    /// The CSV header lacks a column that is needed.
    case missingColumn(path: String, column: String, seen: [String])
    /// Two columns of the CSV header answer to the same name.
    case ambiguousColumn(path: String, column: String, seen: [String])

    /// A short text for metrics and tests, the same for each kind of error.
    public var code: String {
        switch self {
        case .unreadable: "unreadable"
        case .notRows: "not-rows"
        case .mixedEncodings: "mixed-encodings"
        case .noHeader: "no-header"
        case .brokenHeader: "broken-header"
        case .missingColumn: "missing-column"
        case .ambiguousColumn: "ambiguous-column"
        }
    }

    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path) can't be read: \(reason)"
        case .notRows(let path, let what, let remedy):
            "\(path) is \(what), and CSV or NDJSON is read: \(remedy)"
        case .mixedEncodings(let path, let line):
            """
            \(path) has characters in UTF-8 and, first on line \(line), bytes that are none: two files were put together. \
            Mend it, or say with --encoding how it is to be read.
            """
        case .noHeader(let path):
            "\(path) is empty: a CSV file begins with a header"
        case .brokenHeader(let path, let line, let reason):
            "\(path), line \(line): the header can't be read: \(reason)"
        case .missingColumn(let path, let column, let seen):
            "\(path) has no column '\(column)'; it has \(Self.list(seen))"
        case .ambiguousColumn(let path, let column, let seen):
            "\(path) has more than one column '\(column)'; it has \(Self.list(seen))"
        }
    }

    /// Names in quotes, the first thirty of them.
    static func list(_ names: [String]) -> String {
        let shown = names.prefix(30).map { "'\(visible($0.prefix(60)))'" }.joined(separator: ", ")
        return names.count > 30 ? "\(shown) and \(names.count - 30) more" : shown
    }

    /// A file's control characters would command the terminal.
    private static func visible(_ text: Substring) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: scalar.escaped(asASCII: true)
            default: String(scalar)
            }
        }.joined()
    }
}
