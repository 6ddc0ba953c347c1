import Foundation
public import Messages

/// Reads a file of real customers, row by row; each row comes out, usable or not.
///
///     var file = try CustomerFile(path: "customers.csv", attributes: declaration.attributes)
///     while let entry = try file.next() { ... }
///
/// The file is read twice, in chunks, so its size does not matter: first for its encoding.
public struct CustomerFile {
    /// The format that the extension told, or else the content.
    public let format: InputFormat
    public let encoding: TextEncoding
    private var customers: Customers

    private enum Customers {
        case csv(CSVCustomers)
        case ndjson(NDJSONCustomers)
    }

    /// Opens a file, and reads its header if it is CSV.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - format: overrides what the extension, or else the content, tells.
    ///   - encoding: overrides what the content tells.
    ///   - separator: of CSV; overrides what the header tells.
    ///   - columns: the names of the columns.
    ///   - attributes: the declared ones.
    /// - Throws: ``CustomerFileError`` if the file can't be read, is something else, or its header lacks a column.
    public init(
        path: String, format: InputFormat? = nil, encoding: TextEncoding? = nil, separator: Separator? = nil,
        columns: ColumnNames = .contract, attributes: [UniqueAttribute]
    ) throws(CustomerFileError) {
        let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let kind = try? url.resourceValues(forKeys: [.isDirectoryKey, .isRegularFileKey])
        if kind?.isDirectory == true { throw .notRows(path: path, what: "a directory", remedy: "give one file") }
        if kind?.isRegularFile == false {
            throw .notRows(
                path: path, what: "a pipe or a device, which can be read only once", remedy: "save it as a file")
        }
        let handle: FileHandle
        do {
            handle = try FileHandle(forReadingFrom: url)
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
        let source: ByteWindow.Source = { () throws(CustomerFileError) in
            do {
                return Array(try handle.read(upToCount: 1 << 16) ?? Data())
            } catch {
                throw .unreadable(path: path, reason: error.localizedDescription)
            }
        }
        let told: TextEncoding
        if let encoding { told = encoding } else { told = try Self.survey(handle, path: path, source) }
        try self.init(
            path: path, format: format, encoding: told, separator: separator, columns: columns, attributes: attributes,
            source: source)
    }

    private static func survey(
        _ handle: FileHandle, path: String, _ source: ByteWindow.Source
    ) throws(CustomerFileError) -> TextEncoding {
        var survey = FileSurvey()
        while true {
            let bytes = try source()
            if bytes.isEmpty { break }
            survey.take(bytes)
        }
        let encoding = try survey.encoding(path: path)
        do { try handle.seek(toOffset: 0) } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
        return encoding
    }

    /// What separates the fields; nil where it is not CSV.
    public var separator: Separator? {
        if case .csv(let rows) = customers { rows.separator } else { nil }
    }

    /// Reads from any source of bytes; `path` is what errors call it.
    init(
        path: String, format: InputFormat?, encoding: TextEncoding = .utf8, separator: Separator? = nil,
        columns: ColumnNames, attributes: [UniqueAttribute], source: @escaping ByteWindow.Source
    ) throws(CustomerFileError) {
        var window = ByteWindow(source: encoding.decoding(source))
        try Self.skipMark(&window)
        self.encoding = encoding
        let named = format ?? InputFormat(fileName: path)
        let format: InputFormat
        if let named { format = named } else { format = try InputFormat.sniff(&window) }
        self.format = format
        let rules = RowRules(attributes: attributes)
        switch format {
        case .csv:
            customers = .csv(
                try CSVCustomers(window, path: path, separator: separator, columns: columns, rules: rules))
        case .ndjson: customers = .ndjson(NDJSONCustomers(window, columns: columns, rules: rules))
        }
    }

    /// The next row; nil at the end of the file.
    ///
    /// - Throws: ``CustomerFileError/unreadable(path:reason:)`` if reading on fails.
    public mutating func next() throws(CustomerFileError) -> CustomerFileEntry? {
        switch customers {
        case .csv(var rows):
            let entry = try rows.next()
            customers = .csv(rows)
            return entry
        case .ndjson(var rows):
            let entry = try rows.next()
            customers = .ndjson(rows)
            return entry
        }
    }

    /// Skips the byte-order mark, which is in UTF-8 by now.
    private static func skipMark(_ window: inout ByteWindow) throws(CustomerFileError) {
        guard try window.byte(at: 0) == 0xEF, try window.byte(at: 1) == 0xBB, try window.byte(at: 2) == 0xBF else {
            return
        }
        window.advance(by: 3)
    }
}
