import Foundation
import Messages

@testable import LoadGenerating

/// Files of customers, CSV and NDJSON: whatever comes is rows and reasons, and the same ones in whatever pieces it comes.
/// The first byte says the format and the size of the pieces.
enum Target: FuzzTarget {
    static func run(_ bytes: [UInt8]) {
        var input = FuzzBytes(bytes)
        let choice = input.byte()
        let content = input.rest()
        let format: InputFormat? = choice & 3 == 0 ? nil : choice & 3 == 1 ? .ndjson : .csv
        let whole = entries(content, format, pieces: max(1, content.count))
        let pieces = entries(content, format, pieces: 1 + Int(choice >> 2))
        expect(whole == pieces, "\(whole) as a whole, \(pieces) in pieces")
        for case .usable(let row) in whole {
            expect(row.values["document"]?.isEmpty == false && row.line > 0 && row.line <= content.count + 1, "\(row)")
        }
    }

    private static func entries(_ bytes: [UInt8], _ format: InputFormat?, pieces: Int) -> [CustomerFileEntry] {
        var rest = bytes[...]
        do {
            var file = try CustomerFile(
                path: "f", format: format, columns: .contract,
                attributes: [
                    UniqueAttribute(name: "document"),
                    UniqueAttribute(name: "email", normalize: .email, isRequired: false),
                ],
                source: { () throws(CustomerFileError) in
                    defer { rest = rest.dropFirst(pieces) }
                    return Array(rest.prefix(pieces))
                })
            var entries: [CustomerFileEntry] = []
            while let entry = try file.next() { entries.append(entry) }
            expect(entries.count <= bytes.count + 1, "\(entries.count) entries of \(bytes.count) bytes")
            return entries
        } catch {
            return []
        }
    }

    static func seeds() throws -> [[UInt8]] {
        let folder = "Tests/LoadGeneratingTests/Resources"
        let csv = Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/customers.csv")))
        let ndjson = Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/customers.ndjson")))
        let quoted = Array("name;\"document\"\r\n\"a \"\"b\"\"\r\nc\";D1\rx,\"D2\"y\n".utf8)
        return [[2 + 12] + csv, [1 + 20] + ndjson, [0] + csv, [0] + ndjson, [6] + quoted]
    }
}
