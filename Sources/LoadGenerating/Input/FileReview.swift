public import Messages

/// Looks at the usable rows of a file for what people's tools and customs do to values.
///
/// It keeps no texts. For each distinct value of an attribute it keeps 20 bytes (a hash, a count, a line, a length) in a
/// table that may be half empty, and a hash or two where the value begins with zeros; for each value that is repeated,
/// its first lines; for each row with a habit, a hash.
public struct FileReview {
    private var columns: [ColumnReview]

    /// - Parameter attributes: the declared ones.
    public init(_ attributes: [UniqueAttribute]) { columns = attributes.map { ColumnReview($0) } }

    public mutating func add(_ row: CustomerRow) {
        // Both are in the declared order; what is not required may be missing.
        var place = 0
        for (key, spelling) in zip(row.values.keys, row.spellings) {
            while place < columns.count, columns[place].attribute.name != key.attribute { place += 1 }
            guard place < columns.count else { return }
            columns[place].add(spelling, value: key.value, line: row.line)
        }
    }

    /// The most harmful first; of one kind, those with the most rows.
    public func findings() -> [FileFinding] {
        columns.flatMap { $0.findings() }.sorted {
            ($0.habit.rawValue, -$0.rows, $0.attribute) < ($1.habit.rawValue, -$1.rows, $1.attribute)
        }
    }
}

/// Rows, counted without their values.
struct RowTally {
    private(set) var rows = 0
    private(set) var lines: [Int] = []
    private(set) var hashes: Set<UInt64> = []

    mutating func add(_ hash: UInt64, line: Int, rows count: Int = 1) {
        rows += count
        hashes.insert(hash)
        lines.append(line)
        // Not always in the file's order: the first lines are kept, whatever comes when.
        if lines.count > FileFinding.lineLimit {
            lines.sort()
            lines.removeLast()
        }
    }
}
