import Foundation
import Messages
import Testing

@testable import LoadGenerating

extension [UniqueAttribute] {
    /// The standard declaration's.
    static let standard = Declaration.standard().attributes
    /// One that everybody has, and two that some have.
    static let three = [
        UniqueAttribute(name: "document"), UniqueAttribute(name: "email", normalize: .email, isRequired: false),
        UniqueAttribute(name: "tax-number", normalize: .digits(length: 11), isRequired: false),
    ]
}

extension UniqueValues {
    /// A document alone.
    init(document: String) { self.init([UniqueKey(attribute: "document", value: document)]) }
}

extension CustomerRow {
    /// A row with a document that is spelled as it will be normalized, or else as given.
    init(line: Int, document: String, spelling: String? = nil, customerID: String? = nil, name: String? = nil) {
        self.init(
            line: line, values: UniqueValues(document: document), spellings: [spelling ?? document],
            customerID: customerID, name: name)
    }
}

extension Registration {
    /// Its first value.
    var document: String { values["document"] ?? "" }
    /// The same as it is sent.
    var documentSpelling: String { spellings.first ?? "" }
}

/// Opens bytes as a file, handed out in chunks of `chunk` bytes.
func open(
    _ bytes: [UInt8], as format: InputFormat? = nil, path: String = "test", columns: ColumnNames = .contract,
    attributes: [UniqueAttribute] = .standard, chunk: Int = 7
) throws(CustomerFileError) -> CustomerFile {
    var place = 0
    return try CustomerFile(path: path, format: format, columns: columns, attributes: attributes) {
        () throws(CustomerFileError) in
        let end = min(place + chunk, bytes.count)
        defer { place = end }
        return Array(bytes[place..<end])
    }
}

/// All rows of a file.
func entries(
    _ bytes: [UInt8], as format: InputFormat, columns: ColumnNames = .contract,
    attributes: [UniqueAttribute] = .standard, chunk: Int = 7
) throws(CustomerFileError) -> [CustomerFileEntry] {
    var file = try open(bytes, as: format, columns: columns, attributes: attributes, chunk: chunk)
    var entries: [CustomerFileEntry] = []
    while let entry = try file.next() { entries.append(entry) }
    return entries
}

func entries(
    _ text: String, as format: InputFormat, columns: ColumnNames = .contract,
    attributes: [UniqueAttribute] = .standard
) throws(CustomerFileError) -> [CustomerFileEntry] {
    try entries(Array(text.utf8), as: format, columns: columns, attributes: attributes)
}

extension CustomerFileEntry {
    /// A row of the file in short: `2 c-1 A-1 Ann`, `3! document is empty`.
    var summary: String {
        switch self {
        case .usable(let row):
            "\(row.line) \(row.customerID ?? "-") \(row.spellings.joined(separator: "|")) \(row.name ?? "-")"
        case .unusable(let row): "\(row.line)! \(row.reason)"
        }
    }
}

func resource(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: "Resources/\(name)", withExtension: nil)).path
}
