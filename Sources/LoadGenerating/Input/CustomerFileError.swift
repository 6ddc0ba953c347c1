/// Why an input file as a whole can't be used. A single bad row is an ``UnusableRow`` instead.
public enum CustomerFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file can't be opened or read.
    case unreadable(path: String, reason: String)
    /// The file begins with the mark of another encoding than UTF-8.
    case wrongEncoding(path: String, encoding: String)
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
        case .wrongEncoding: "wrong-encoding"
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
        case .wrongEncoding(let path, let encoding):
            "\(path) is written in \(encoding); only UTF-8 is read"
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
        let shown = names.prefix(30).map { "'\($0.prefix(60))'" }.joined(separator: ", ")
        return names.count > 30 ? "\(shown) and \(names.count - 30) more" : shown
    }
}
