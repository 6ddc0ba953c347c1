import Foundation
public import Messages

/// Reads a file of real customers, row by row; each row comes out, usable or not.
///
///     var file = try CustomerFile(path: "customers.csv", attributes: declaration.attributes)
///     while let entry = try file.next() { ... }
///
/// The file is UTF-8, with or without a byte-order mark. It is read in chunks, so its size does not matter.
public struct CustomerFile {
    /// The format that the extension told, or else the content.
    public let format: InputFormat
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
    ///   - columns: the names of the columns.
    ///   - attributes: the declared ones.
    /// - Throws: ``CustomerFileError`` if the file can't be read, is not UTF-8, or its header lacks a column.
    public init(
        path: String, format: InputFormat? = nil, columns: ColumnNames = .contract, attributes: [UniqueAttribute]
    ) throws(CustomerFileError) {
        let handle: FileHandle
        do {
            handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
        try self.init(path: path, format: format, columns: columns, attributes: attributes) {
            () throws(CustomerFileError) in
            do {
                return Array(try handle.read(upToCount: 1 << 16) ?? Data())
            } catch {
                throw .unreadable(path: path, reason: error.localizedDescription)
            }
        }
    }

    /// Reads from any source of bytes; `path` is what errors call it.
    init(
        path: String, format: InputFormat?, columns: ColumnNames, attributes: [UniqueAttribute],
        source: @escaping ByteWindow.Source
    ) throws(CustomerFileError) {
        var window = ByteWindow(source: source)
        try Self.skipMark(&window, path: path)
        let named = format ?? InputFormat(fileName: path)
        let format: InputFormat
        if let named { format = named } else { format = try InputFormat.sniff(&window) }
        self.format = format
        let rules = RowRules(attributes: attributes)
        switch format {
        case .csv: customers = .csv(try CSVCustomers(window, path: path, columns: columns, rules: rules))
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

    /// Skips the byte-order mark of UTF-8; refuses those of other encodings.
    private static func skipMark(_ window: inout ByteWindow, path: String) throws(CustomerFileError) {
        switch (try window.byte(at: 0), try window.byte(at: 1)) {
        case (0xFF, 0xFE), (0xFE, 0xFF):
            throw .wrongEncoding(path: path, encoding: "UTF-16")
        case (0xEF, 0xBB):
            if try window.byte(at: 2) == 0xBF { window.advance(by: 3) }
        default:
            break
        }
    }
}
