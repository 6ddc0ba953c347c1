import Foundation
import Messages
import TestProcesses
import Testing

@testable import LoadGenerating

/// Files as people have them: how they are written is found, or they are refused with what to do.
@Suite struct FileKindTests {
    /// Reads a file as the program does: from a path.
    private func read(
        _ bytes: [UInt8], name: String = "customers.csv", encoding: TextEncoding? = nil, separator: Separator? = nil
    ) throws -> (file: CustomerFile, rows: [String]) {
        let folder = try Unique.folder("file-kind")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent(name)
        try Data(bytes).write(to: path)
        var file = try CustomerFile(
            path: path.path, encoding: encoding, separator: separator, attributes: .standard)
        var rows: [String] = []
        while let entry = try file.next() { rows.append(entry.summary) }
        return (file, rows)
    }

    /// Foundation's writers are the foreign ones.
    private static let writers: [(encoding: TextEncoding, mark: [UInt8], foundation: String.Encoding)] = [
        (.utf8, [], .utf8), (.utf8, [0xEF, 0xBB, 0xBF], .utf8), (.utf16LittleEndian, [], .utf16LittleEndian),
        (.utf16LittleEndian, [0xFF, 0xFE], .utf16LittleEndian), (.utf16BigEndian, [], .utf16BigEndian),
        (.utf16BigEndian, [0xFE, 0xFF], .utf16BigEndian), (.windows1252, [], .windowsCP1252),
    ]

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func whatIsWrittenIsReadBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for writer in Self.writers {
            for separator in Separator.allCases {
                let mark = String(UnicodeScalar(separator.rawValue))
                let end = ["\n", "\r\n", "\r"][generator.below(3)]
                // Each is in Windows-1252, where some pairs with the last three would be taken for UTF-8.
                let all = ["a", "B", "7", " ", "é", "ß", "ÿ", ",", ";", "|", "\t", "\"", "-", "Š", "€", "”"]
                let letters = writer.encoding == .windows1252 ? all.dropLast(3) : all[...]
                let names = (0..<20).map { row in
                    // One accent at least, at the very end: what has none is UTF-8 as well.
                    (0..<(1 + generator.below(9))).map { _ in letters[generator.below(letters.count)] }.joined()
                        + (row == 19 ? "é" : "x")
                }
                let header = ["customerId", "document", "name"].joined(separator: mark)
                let rows = names.enumerated().map { index, name in
                    ["c-\(index)", "D\(index)", "\"\(name.replacing("\"", with: "\"\""))\""].joined(separator: mark)
                }
                let text = ([header] + rows).joined(separator: end)
                let data = try #require(text.data(using: writer.foundation))
                let (file, read) = try read(writer.mark + Array(data))
                #expect(file.encoding == writer.encoding && file.separator == separator, "\(writer), \(separator)")
                #expect(
                    read == names.enumerated().map { "\($0.offset + 2) c-\($0.offset) D\($0.offset) \($0.element)" })
            }
        }
    }

    @Test func everyByteIsAsFoundationHasIt() throws {
        for byte in UInt8.min...UInt8.max {
            var chunks: [[UInt8]] = [[byte]]
            let text = try TextEncoding.windows1252.decoding { chunks.popLast() ?? [] }()
            let known = String(bytes: [byte], encoding: .windowsCP1252)
            let isDefined = ![0x81, 0x8D, 0x8F, 0x90, 0x9D].contains(byte)
            #expect(text == (isDefined ? known.map { Array($0.utf8) } : [0xFF]), "\(byte)")
        }
    }

    @Test(arguments: 1...7)
    func sixteenBitsMayBeCutAnywhere(chunk: Int) throws {
        let text = "document\n日本😀7\nB\n"
        for (encoding, foundation) in [
            (TextEncoding.utf16LittleEndian, String.Encoding.utf16LittleEndian), (.utf16BigEndian, .utf16BigEndian),
        ] {
            let bytes = Array(try #require(text.data(using: foundation)))
            var place = 0
            let source = encoding.decoding { () throws(CustomerFileError) in
                let end = min(place + chunk, bytes.count)
                defer { place = end }
                return Array(bytes[place..<end])
            }
            var read: [UInt8] = []
            while case let next = try source(), !next.isEmpty { read += next }
            #expect(read == Array(text.utf8))
        }
    }

    @Test func halfACharacterCostsItsRow() throws {
        func wide(_ text: String) -> [UInt8] { text.utf8.reduce(into: []) { $0 += [$1, 0] } }
        let bytes = wide("document\nA\nB") + [0x00, 0xD8] + wide("\nC\n")
        #expect(try read(bytes).rows == ["2 - A -", "3! bytes that are no text", "4 - C -"])
        let undefined = "document\nA\u{81}\nB\u{E9}".latin1
        #expect(try read(undefined).rows == ["2! bytes that are no text", "3 - Bé -"])
    }

    /// One accent in the last of many rows is the first that tells.
    @Test func theWholeFileIsLookedAt() throws {
        let rows = (0..<20_000).map { "D\($0),Ann" }
        let bytes = Array((["document,name"] + rows).joined(separator: "\n").utf8) + "\nE,Ren\u{E9}".latin1
        let (file, read) = try read(bytes)
        #expect(file.encoding == .windows1252 && read.count == 20_001 && read.last == "20002 - E René")
    }

    @Test func twoEncodingsInOneFileAreTold() throws {
        let bytes = Array("document,name\nA,Zoë\nB,Ren".utf8) + [0xE9]
        let error = #expect(throws: CustomerFileError.self) { _ = try read(bytes) }
        #expect(error?.code == "mixed-encodings" && error?.description.contains("line 3") == true)
        #expect(try read(bytes, encoding: .utf8).rows == ["2 - A Zoë", "3! bytes that are no text"])
    }

    @Test(arguments: [
        ("sep=;\ndocument;name\nA;\"x;y\"", "3 - A x;y"), ("SEP=|\r\n\r\ndocument|name\r\nA|B", "4 - A B"),
        ("\"sep=;\"\ndocument;name\nA;B", "3 - A B"), ("\n\nsep=\t\ndocument\tname\nA\tB", "5 - A B"),
        ("document\nA,1", "2! wrong number of fields: 2, where the header has 1"), ("document\nA;1", "2 - A;1 -"),
        // The one that makes the wanted names, not the one that is there most often.
        ("a,b,c;document;x,y,d\nx;A;B", "2 - A -"),
        ("document;note\nA;b,c,d,e", "2 - A -"),
    ])
    func theSeparatorIsFound(text: String, row: String) throws {
        #expect(try read(Array(text.utf8)).rows == [row])
    }

    @Test func whatIsToldIsTaken() throws {
        #expect(try read(Array("document,x;name\nA,x;B".utf8), separator: .comma).rows == ["2 - A -"])
        for (name, separator) in [
            (",", Separator.comma), (";", .semicolon), ("tab", .tab), ("\\t", .tab), ("|", .bar),
            ("Semicolon", .semicolon),
        ] {
            #expect(Separator(name: name) == separator)
        }
        for name in ["", ";;", "x", "é"] { #expect(Separator(name: name) == nil) }
        for encoding in TextEncoding.allCases {
            #expect(TextEncoding(name: encoding.rawValue.uppercased()) == encoding)
        }
        #expect(TextEncoding(name: "latin1") == .windows1252 && TextEncoding(name: "ebcdic") == nil)
    }

    @Test(
        arguments: [
            ([0x50, 0x4B, 3, 4, 20], "workbook", "CSV"), ([0xD0, 0xCF, 0x11, 0xE0, 0xA1], "workbook", "CSV"),
            ([0x1F, 0x8B, 8], "gzip", "unpack"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd", "unpack"),
            (Array("%PDF-1.7".utf8), "PDF", "CSV"), (Array("[\n {\"document\":\"A\"}]".utf8), "JSON array", "jq"),
            (Array("\u{FEFF}[{}]".utf8), "JSON array", "jq"), (Array("<!doctype html>".utf8), "HTML", "CSV"),
            (Array("document\nA\0B".utf8), "binary", "CSV"),
        ] as [([UInt8], String, String)])
    func whatIsSomethingElseIsRefused(bytes: [UInt8], what: String, remedy: String) throws {
        for name in ["customers.csv", "customers.ndjson", "customers"] {
            let error = #expect(throws: CustomerFileError.self) { _ = try read(bytes, name: name) }
            #expect(error?.code == "not-rows")
            #expect(error?.description.contains(what) == true && error?.description.contains(remedy) == true)
        }
    }

    @Test func aDirectoryAndAPipeAreRefused() throws {
        for path in [FileManager.default.temporaryDirectory.path, "/dev/null"] {
            let error = #expect(throws: CustomerFileError.self) {
                _ = try CustomerFile(path: path, attributes: .standard)
            }
            #expect(error?.code == "not-rows", "\(path)")
        }
    }

    @Test func namesDoNotCommandTheTerminal() throws {
        let error = #expect(throws: CustomerFileError.self) { _ = try read(Array("a\u{1B}[2J,b\u{202E}\n1,2".utf8)) }
        let text = try #require(error?.description)
        #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control && $0.value != 0x202E })
        #expect(text.contains("has no column 'document'"))
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func theValidatorAgreesWithTheLibrary(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        // Mostly text, with a byte changed here and there.
        var bytes = Array("aé日😀\n".utf8)
        for _ in 0..<generator.below(4) { bytes[generator.below(bytes.count)] = UInt8(generator.below(256)) }
        for cut in 0...bytes.count {
            var validator = UTF8Validator()
            validator.take(Array(bytes[..<cut]))
            validator.take(Array(bytes[cut...]))
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            #expect((validator.firstInvalidLine(atEnd: true) == nil) == isValid, "\(bytes)")
        }
    }
}

extension StringProtocol {
    /// Its scalars below 256 as a byte each.
    fileprivate var latin1: [UInt8] { unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
}
