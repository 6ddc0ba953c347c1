/// Rows of columns, aligned by blanks; the last column is as wide as it is.
public struct TextTable: Sendable {
    private let rows: [[String]]

    /// - Parameter rows: the titles first. Every row has as many columns as the titles.
    public init(titles: [String], rows: [[String]]) { self.rows = [titles] + rows }

    /// A line for each row, that of the titles first, without line ends.
    public var lines: [String] {
        let columns = rows.first?.count ?? 0
        let widths = (0..<columns).map { index in rows.reduce(0) { max($0, Self.column($1, index).count) } }
        return rows.map { row in
            var line = ""
            for index in 0..<columns {
                let text = Self.column(row, index)
                line += text
                if index < columns - 1 { line += String(repeating: " ", count: widths[index] - text.count + 2) }
            }
            return line
        }
    }

    private static func column(_ row: [String], _ index: Int) -> String { index < row.count ? row[index] : "" }
}
