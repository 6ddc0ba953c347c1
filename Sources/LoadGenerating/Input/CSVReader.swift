/// Takes a file of separated values apart, after RFC 4180, but for the separator.
///
/// Fields may be quoted; a quoted field may have separators, line breaks and doubled quotes. Lines end with LF, CR LF or CR;
/// the last one need not. A quote within a field that does not begin with one is an ordinary character. Lines without
/// anything but spaces and tabs are skipped.
///
/// A row whose quoting is broken ends at the end of its first line, and reading goes on with the next: a quote that is
/// never closed would otherwise swallow the rest of the file.
struct CSVReader {
    enum Entry: Hashable {
        /// A row with its fields' bytes; `line` is the one it begins on, from 1.
        case row(line: Int, fields: [[UInt8]])
        /// What is no row.
        case broken(line: Int, reason: String)
    }

    private var window: ByteWindow
    private var line: Int
    private let separator: UInt8

    /// - Parameter line: the one at which the window begins.
    init(_ window: ByteWindow, separator: Separator = .comma, line: Int = 1) {
        self.window = window
        self.separator = separator.rawValue
        self.line = line
    }

    /// The next row; nil at the end of the file.
    mutating func next() throws(CustomerFileError) -> Entry? {
        skipping: while true {
            switch try window.skipBlankLine() {
            case .blankLine: line += 1
            case .content: break skipping
            case .end: return nil
            }
        }
        let first = line
        var scan = Scan()
        while true {
            switch try scanField(&scan) {
            case .separator:
                continue
            case .end:
                window.advance(by: scan.offset)
                line += scan.lines
                return .row(line: first, fields: scan.fields)
            case .broken(let reason):
                try window.skipLine()
                line += 1
                return .broken(line: first, reason: reason)
            }
        }
    }

    /// How far a row has been read.
    private struct Scan {
        var offset = 0
        var lines = 0
        var fields: [[UInt8]] = []
    }

    private enum FieldEnd {
        case separator, end
        case broken(reason: String)
    }

    private mutating func scanField(_ scan: inout Scan) throws(CustomerFileError) -> FieldEnd {
        guard scan.offset < ByteWindow.longestRow else { return .broken(reason: Self.tooLong) }
        var field: [UInt8] = []
        if try window.byte(at: scan.offset) == .quote {
            if let reason = try scanQuoted(&scan, into: &field) { return .broken(reason: reason) }
        } else if let reason = try scanPlain(&scan, into: &field) {
            return .broken(reason: reason)
        }
        scan.fields.append(field)
        switch try window.byte(at: scan.offset) {
        case nil:
            scan.lines += 1
            return .end
        case separator:
            scan.offset += 1
            return .separator
        case .some:
            let end = try window.lineEnd(at: scan.offset)
            guard end > 0 else { return .broken(reason: "text behind a closing quote") }
            scan.offset += end
            scan.lines += 1
            return .end
        }
    }

    /// - Returns: what is wrong, if something is.
    private mutating func scanPlain(_ scan: inout Scan, into field: inout [UInt8]) throws(CustomerFileError) -> String?
    {
        while let byte = try window.byte(at: scan.offset) {
            if byte == separator || byte == .lineFeed || byte == .carriageReturn { break }
            guard scan.offset < ByteWindow.longestRow else { return Self.tooLong }
            field.append(byte)
            scan.offset += 1
        }
        return nil
    }

    /// - Returns: what is wrong, if something is.
    private mutating func scanQuoted(_ scan: inout Scan, into field: inout [UInt8]) throws(CustomerFileError) -> String?
    {
        scan.offset += 1
        while let byte = try window.byte(at: scan.offset) {
            guard scan.offset < ByteWindow.longestRow else { return Self.unclosed }
            if byte == .quote {
                scan.offset += 1
                guard try window.byte(at: scan.offset) == .quote else { return nil }
                field.append(.quote)
                scan.offset += 1
                continue
            }
            let lineEnd = try window.lineEnd(at: scan.offset)
            if lineEnd > 0 { scan.lines += 1 }
            field.append(byte)
            scan.offset += 1
            if lineEnd == 2 {
                field.append(.lineFeed)
                scan.offset += 1
            }
        }
        return Self.unclosed
    }

    static let unclosed = "a quote is opened and never closed"
    static let tooLong = "the row is longer than \(ByteWindow.longestRow) bytes"
}
