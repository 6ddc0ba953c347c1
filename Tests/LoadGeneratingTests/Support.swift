import Foundation
import Testing

@testable import LoadGenerating

/// The contract's usual normalization, near enough for tests.
func normalized(_ document: String) -> String? {
    var text = ""
    for scalar in document.precomposedStringWithCompatibilityMapping.unicodeScalars {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber:
            text.unicodeScalars.append(scalar)
        default: break
        }
    }
    let upper = text.uppercased()
    return (1...64).contains(upper.unicodeScalars.count) ? upper : nil
}

/// Opens bytes as a file, handed out in chunks of `chunk` bytes.
func open(
    _ bytes: [UInt8], as format: InputFormat? = nil, path: String = "test", columns: ColumnNames = .contract,
    chunk: Int = 7
) throws(CustomerFileError) -> CustomerFile {
    var place = 0
    return try CustomerFile(path: path, format: format, columns: columns, normalize: normalized) {
        () throws(CustomerFileError) in
        let end = min(place + chunk, bytes.count)
        defer { place = end }
        return Array(bytes[place..<end])
    }
}

/// All rows of a file.
func entries(
    _ bytes: [UInt8], as format: InputFormat, columns: ColumnNames = .contract, chunk: Int = 7
) throws(CustomerFileError) -> [CustomerFileEntry] {
    var file = try open(bytes, as: format, columns: columns, chunk: chunk)
    var entries: [CustomerFileEntry] = []
    while let entry = try file.next() { entries.append(entry) }
    return entries
}

func entries(
    _ text: String, as format: InputFormat, columns: ColumnNames = .contract
) throws(CustomerFileError) -> [CustomerFileEntry] {
    try entries(Array(text.utf8), as: format, columns: columns)
}

extension CustomerFileEntry {
    /// A row of the file in short: `2 c-1 A-1 Ann`, `3! document is empty`.
    var summary: String {
        switch self {
        case .usable(let row): "\(row.line) \(row.customerID ?? "-") \(row.document) \(row.name ?? "-")"
        case .unusable(let row): "\(row.line)! \(row.reason)"
        }
    }
}

func resource(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: "Resources/\(name)", withExtension: nil)).path
}
