/// How an input file of customers is written.
public enum InputFormat: String, Hashable, Sendable, CaseIterable {
    /// RFC 4180 with a header.
    case csv
    /// One JSON object on each line.
    case ndjson

    /// The format that a file name's extension tells: `.csv`; `.ndjson`, `.jsonl`, `.json`. Nil for any other.
    public init?(fileName: String) {
        guard let dot = fileName.lastIndex(of: ".") else { return nil }
        switch fileName[fileName.index(after: dot)...].lowercased() {
        case "csv": self = .csv
        case "ndjson", "jsonl", "json": self = .ndjson
        default: return nil
        }
    }

    /// The format that the content tells: what begins with `{` is NDJSON, everything else CSV.
    static func sniff(_ window: inout ByteWindow) throws(CustomerFileError) -> InputFormat {
        var offset = 0
        while offset < ByteWindow.longestRow, let byte = try window.byte(at: offset) {
            guard byte == .space || byte == .tab || byte == .lineFeed || byte == .carriageReturn else {
                return byte == UInt8(ascii: "{") ? .ndjson : .csv
            }
            offset += 1
        }
        return .csv
    }
}

/// The names of the columns (CSV) or members (NDJSON) to read.
///
/// A name is looked for as it is written, then without surrounding spaces and regardless of case.
public struct ColumnNames: Hashable, Sendable {
    /// The names that the contract gives.
    public static let contract = ColumnNames()

    /// The columns with the values of attributes, where they are not named as the attribute is. What is renamed must be
    /// there, and so must what is required.
    public var attributes: [String: String]
    /// The column with the customer id. If it is renamed it must be there, else it is optional.
    public var customerID: String
    /// The column with the customer's name. If it is renamed it must be there, else it is optional.
    public var name: String

    public init(attributes: [String: String] = [:], customerID: String = "customerId", name: String = "name") {
        self.attributes = attributes
        self.customerID = customerID
        self.name = name
    }

    /// The places in `columns` that answer to `wanted`: exact matches if there are any, else lenient ones.
    static func places(of wanted: String, in columns: [String]) -> [Int] {
        let exact = columns.indices.filter { columns[$0] == wanted }
        if !exact.isEmpty { return exact }
        let folded = fold(wanted)
        return columns.indices.filter { fold(columns[$0]) == folded }
    }

    private static func fold(_ name: String) -> String {
        var trimmed = Substring(name)
        while trimmed.first?.isWhitespace == true { trimmed.removeFirst() }
        while trimmed.last?.isWhitespace == true { trimmed.removeLast() }
        return trimmed.lowercased()
    }
}
