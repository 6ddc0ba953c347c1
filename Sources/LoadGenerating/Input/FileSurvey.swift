/// A first look at a whole file: how it is written, and whether it is a file of rows at all.
///
/// The whole file, because an accent in its last row is the first thing that tells Windows-1252 from UTF-8.
struct FileSurvey {
    private static let headLength = 1_024
    private var head: [UInt8] = []
    private var validator = UTF8Validator()

    mutating func take(_ bytes: [UInt8]) {
        if head.count < Self.headLength { head += bytes.prefix(Self.headLength - head.count) }
        validator.take(bytes)
    }

    /// - Throws: ``CustomerFileError/notRows(path:what:remedy:)``, ``CustomerFileError/mixedEncodings(path:line:)``.
    func encoding(path: String) throws(CustomerFileError) -> TextEncoding {
        if let (what, remedy) = foreign { throw .notRows(path: path, what: what, remedy: remedy) }
        if head.starts(with: [0xFF, 0xFE]) { return .utf16LittleEndian }
        if head.starts(with: [0xFE, 0xFF]) { return .utf16BigEndian }
        if let encoding = utf16WithoutMark { return encoding }
        if head.contains(0) {
            throw .notRows(path: path, what: "a binary file", remedy: "export it as CSV")
        }
        guard let line = validator.firstInvalidLine(atEnd: true) else { return .utf8 }
        // By chance a text in Windows-1252 hardly ever looks like UTF-8.
        guard !validator.hasSequences else { throw .mixedEncodings(path: path, line: line) }
        return .windows1252
    }

    /// Names, digits and separators are ASCII for the most part: every other byte is zero.
    private var utf16WithoutMark: TextEncoding? {
        guard head.count >= 4 else { return nil }
        let pairs = head.count / 2
        let zerosFirst = (0..<pairs).count { head[2 * $0] == 0 && head[2 * $0 + 1] != 0 }
        let zerosLast = (0..<pairs).count { head[2 * $0] != 0 && head[2 * $0 + 1] == 0 }
        if zerosFirst * 10 > pairs * 6 { return .utf16BigEndian }
        return zerosLast * 10 > pairs * 6 ? .utf16LittleEndian : nil
    }

    /// What is something else by its first bytes.
    private var foreign: (what: String, remedy: String)? {
        let export = "save it as CSV (UTF-8) and give that"
        let unpack = "unpack it first"
        let signatures: [([UInt8], String, String)] = [
            ([0x50, 0x4B, 0x03, 0x04], "a workbook (.xlsx, .ods) or a ZIP archive", export),
            ([0xD0, 0xCF, 0x11, 0xE0], "an old workbook (.xls)", export),
            ([0x1F, 0x8B], "compressed (gzip)", unpack), ([0x28, 0xB5, 0x2F, 0xFD], "compressed (zstd)", unpack),
            ([0x42, 0x5A, 0x68], "compressed (bzip2)", unpack),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "compressed (xz)", unpack), (Array("%PDF".utf8), "a PDF", export),
            (Array("PAR1".utf8), "a Parquet file", export), (Array("SQLite format 3".utf8), "a database", export),
        ]
        for (bytes, what, remedy) in signatures where head.starts(with: bytes) { return (what, remedy) }
        let text = head.drop { [0xEF, 0xBB, 0xBF, .space, .tab, .lineFeed, .carriageReturn].contains($0) }
        if text.first == UInt8(ascii: "<") { return ("HTML or XML", "export it as CSV") }
        guard text.first == UInt8(ascii: "[") else { return nil }
        let next = text.dropFirst().first { ![.space, .tab, .lineFeed, .carriageReturn].contains($0) }
        guard next == UInt8(ascii: "{") || next == UInt8(ascii: "]") else { return nil }
        return ("a JSON array", "put one object on each line: jq -c '.[]' FILE > FILE.ndjson")
    }
}

/// Tells whether bytes are UTF-8, however they are cut into chunks.
struct UTF8Validator {
    /// Whether there was a character of more than one byte.
    private(set) var hasSequences = false
    private var invalidLine: Int?
    private var line = 1
    private var left = 0
    private var range: ClosedRange<UInt8> = 0x80...0xBF

    mutating func take(_ bytes: [UInt8]) {
        for byte in bytes {
            if left > 0 {
                if range.contains(byte) {
                    left -= 1
                    range = 0x80...0xBF
                    if left == 0 { hasSequences = true }
                    continue
                }
                invalidLine = invalidLine ?? line
                left = 0
            }
            if byte == .lineFeed { line += 1 }
            begin(with: byte)
        }
    }

    /// The well-formed sequences of Unicode's table 3-7.
    private mutating func begin(with byte: UInt8) {
        range = 0x80...0xBF
        switch byte {
        case 0..<0x80: return
        case 0xC2...0xDF: left = 1
        case 0xE0...0xEF:
            left = 2
            if byte == 0xE0 { range = 0xA0...0xBF }
            if byte == 0xED { range = 0x80...0x9F }
        case 0xF0...0xF4:
            left = 3
            if byte == 0xF0 { range = 0x90...0xBF }
            if byte == 0xF4 { range = 0x80...0x8F }
        default: invalidLine = invalidLine ?? line
        }
    }

    /// The line of the first byte that is none; nil while all are.
    func firstInvalidLine(atEnd: Bool) -> Int? { invalidLine ?? (atEnd && left > 0 ? line : nil) }
}
