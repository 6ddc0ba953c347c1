import Messages
import Testing

@testable import LoadGenerating

/// CSV files as they are met.
@Suite struct CSVTests {
    private func summaries(
        _ text: String, columns: ColumnNames = .contract, attributes: [UniqueAttribute] = .standard
    ) throws -> [String] {
        try entries(text, as: .csv, columns: columns, attributes: attributes).map(\.summary)
    }

    @Test(arguments: ["\n", "\r\n", "\r"], [false, true])
    func lineEndingsAndMarks(lineEnd: String, hasMark: Bool) throws {
        let lines = [
            "customerId,document,name", "c-1,A-1,Ann", "", "  \t", "c-2,\"A\(lineEnd)2\",\"Lee, \"\"Bo\"\"\"",
            "c-3,A-3,",
        ]
        let mark = hasMark ? "\u{FEFF}" : ""
        let rows = ["2 c-1 A-1 Ann", "5 c-2 A\(lineEnd)2 Lee, \"Bo\"", "7 c-3 A-3 -"]
        #expect(try summaries(mark + lines.joined(separator: lineEnd)) == rows)
        #expect(try summaries(mark + lines.joined(separator: lineEnd) + lineEnd) == rows)
    }

    @Test func chunksMayEndAnywhere() throws {
        let bytes = Array("\u{FEFF}document,name\r\n\"A\r\n\"\"1\"\"\",Zoë\r\n\r\nB,\"x\"\r\n".utf8)
        let whole = try entries(bytes, as: .csv, chunk: bytes.count).map(\.summary)
        #expect(whole == ["2 - A\r\n\"1\" Zoë", "5 - B x"])
        for chunk in 1...bytes.count {
            #expect(try entries(bytes, as: .csv, chunk: chunk).map(\.summary) == whole)
        }
    }

    @Test func onlyTheDocumentIsNeeded() throws {
        #expect(try summaries("document\nA\n\"\"\nB") == ["2 - A -", "3! document is empty", "4 - B -"])
    }

    @Test func eachAttributeHasItsColumn() throws {
        func read(_ text: String, _ columns: ColumnNames = .contract) throws -> [String] {
            try summaries(text, columns: columns, attributes: .three)
        }
        // In the declared order, whatever the file's; what is empty and not required is left out.
        #expect(
            try read("tax-number,name,email,document\n7,Ann,a@b.c,A\n,,,B\n5,,,\n,,no address,C") == [
                "2 - A|a@b.c|7 Ann", "3 - B -", "4! document is empty", "5! email is no value by the rule email",
            ])
        // A column that is not required may be missing; if it is renamed it must be there.
        #expect(try read("document\nA") == ["2 - A -"])
        let columns = ColumnNames(attributes: ["email": "Mail", "document": "ssn"])
        #expect(try read("mail,ssn,document\na@b.c,A,no", columns) == ["2 - A|a@b.c -"])
        #expect(throws: CustomerFileError.missingColumn(path: "test", column: "Mail", seen: ["ssn", "email"])) {
            try read("ssn,email\nA,a@b.c", columns)
        }
        // Together they stay below what a command may have.
        let half = String(repeating: " ", count: 4_096)
        #expect(
            try read("document,email\nA\(half),a@b.c\(half)") == [
                "2! email makes the values longer than 8192 bytes"
            ])
    }

    @Test func whatIsReadIsNormalizedByItsRule() throws {
        let read = try entries("document,email,tax-number\n a-1 , Ana@B.C,1.2", as: .csv, attributes: .three)
        guard case .usable(let row) = try #require(read.first) else { return #expect(Bool(false), "\(read)") }
        #expect(row.values.keys.map(\.text) == ["document:A1", "email:ana@b.c", "tax-number:00000000012"])
        #expect(row.spellings == [" a-1 ", " Ana@B.C", "1.2"])
    }

    @Test func columnsAreFoundExactlyThenLeniently() throws {
        #expect(try summaries(" Document ,CUSTOMERID\nA,c") == ["2 c A -"])
        #expect(try summaries("DOCUMENT,document\nwrong,right") == ["2 - right -"])
        let columns = ColumnNames(attributes: ["document": "CPF"], customerID: "id", name: "full name")
        #expect(try summaries("id,cpf,Full Name\nc,A,Ann", columns: columns) == ["2 c A Ann"])
    }

    @Test func aHeaderThatCannotServeIsAnError() {
        func failure(_ text: String, _ columns: ColumnNames = .contract) -> CustomerFileError? {
            do {
                _ = try entries(text, as: .csv, columns: columns)
                return nil
            } catch {
                return error
            }
        }
        #expect(failure("id;cpf\n1;2") == .missingColumn(path: "test", column: "document", seen: ["id", "cpf"]))
        #expect(failure("a,b\n1,2")?.description == "test has no column 'document'; it has 'a', 'b'")
        #expect(failure("document", ColumnNames(name: "label"))?.code == "missing-column")
        #expect(failure("document,document\n1,2")?.code == "ambiguous-column")
        #expect(failure("")?.code == "no-header")
        #expect(failure("\u{FEFF}\n \n")?.code == "no-header")
        #expect(failure("\"document\n1")?.code == "broken-header")
    }

    @Test func aHeaderIsText() {
        #expect(throws: CustomerFileError.brokenHeader(path: "test", line: 1, reason: "bytes that are no text")) {
            _ = try open(Array("document,".utf8) + [0xE9], as: .csv)
        }
    }

    @Test func brokenRowsCostThemselvesAlone() throws {
        let text = """
            customerId,document
            c-1,"A never closed
            c-2,B
            c-3,"C" x
            c-4,D,extra
            c-5
            c-6,F"6
            c-7,"G"
            """
        #expect(
            try summaries(text) == [
                "2! text behind a closing quote", "3 c-2 B -", "4! text behind a closing quote",
                "5! wrong number of fields: 3, where the header has 2",
                "6! wrong number of fields: 1, where the header has 2", "7 c-6 F\"6 -", "8 c-7 G -",
            ])
        #expect(
            try summaries("document\nA\n\"B\nC\n") == ["2 - A -", "3! a quote is opened and never closed", "4 - C -"])
    }

    @Test func invalidBytesCostTheirRow() throws {
        let bytes = Array("document,name\nA,Ren".utf8) + [0xE9] + Array("\nB,Ann\n".utf8)
        #expect(try entries(bytes, as: .csv).map(\.summary) == ["2! bytes that are no text", "3 - B Ann"])
    }

    @Test func rowsOfAnyLengthAreLeftBehind() throws {
        let long = String(repeating: "x", count: ByteWindow.longestRow + 5)
        let rows = [
            "document,note", "A,\(long)", "B,", "C,\"\(long)", "D,", String(repeating: ",", count: long.count), "E,",
        ]
        let all = try entries(Array(rows.joined(separator: "\n").utf8), as: .csv, chunk: 65536).map(\.summary)
        #expect(
            all == [
                "2! \(CSVReader.tooLong)", "3 - B -", "4! \(CSVReader.unclosed)", "5 - D -", "6! \(CSVReader.tooLong)",
                "7 - E -",
            ])
    }

    @Test func rowsMustSuitTheContract() throws {
        func reason(_ document: String, _ customer: String = "c", _ name: String = "n") throws -> String? {
            try summaries("document,customerId,name\n\(document),\"\(customer)\",\(name)").first
        }
        #expect(try reason("", "c") == "2! document is empty")
        #expect(try reason("--.-") == "2! document is no value by the rule alphanumeric")
        #expect(try reason(String(repeating: "7", count: 65)) == "2! document is no value by the rule alphanumeric")
        #expect(
            try reason("A" + String(repeating: "-", count: 8192))
                == "2! document makes the values longer than 8192 bytes")
        #expect(try reason("A", "c\u{7}") == "2! customer id has control characters")
        #expect(try reason("A", "c\nd") == "2! customer id has control characters")
        #expect(try reason("A", String(repeating: "é", count: 65)) == "2! customer id is longer than 128 bytes")
        #expect(try reason("A", String(repeating: "é", count: 64))?.hasPrefix("2 é") == true)
        #expect(try reason("A", "") == "2 - A n")
        #expect(try reason("A", "c", String(repeating: "n", count: 257)) == "2! name is longer than 256 characters")
        #expect(try reason("A", "c", String(repeating: "ñ", count: 256))?.hasPrefix("2 c A") == true)
    }

    /// What is written by the rules is read as it was, whatever the fields hold.
    @Test(arguments: 0..<60) func whatIsWrittenIsRead(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let lineEnd = generator.pick(["\n", "\r\n", "\r"]) ?? "\n"
        let pieces = ["a", "Z", "7", ",", "\"", "\"\"", "\n", "\r", "\r\n", " ", "é", "😀", ";", "-", "\t"]
        func field() -> String { (0..<generator.below(9)).map { _ in generator.pick(pieces) ?? "" }.joined() }
        func quoted(_ text: String) -> String {
            // A `Character` may be CR LF, so it is the bytes that are looked at.
            let needs = text.utf8.contains { [UInt8(ascii: ","), .quote, .lineFeed, .carriageReturn].contains($0) }
            guard needs || generator.chance(1, of: 3) else { return text }
            var doubled = String.UnicodeScalarView()
            for scalar in text.unicodeScalars {
                doubled.append(scalar)
                if scalar == "\"" { doubled.append(scalar) }
            }
            return "\"\(String(doubled))\""
        }
        func lines(_ text: String) -> Int {
            text.unicodeScalars.reduce(into: (count: 0, last: Unicode.Scalar(0))) { state, scalar in
                if scalar == "\r" || (scalar == "\n" && state.last != "\r") { state.count += 1 }
                state.last = scalar
            }.count
        }
        var text = generator.chance(1, of: 2) ? "\u{FEFF}" : ""
        text += "note,document,name" + lineEnd
        var line = 2
        var expected: [CustomerRow] = []
        for number in 0..<generator.below(40) {
            let note = field()
            let document = "D\(number)" + field()
            let name = field()
            let row = [note, document, name].map(quoted).joined(separator: ",")
            expected.append(
                CustomerRow(
                    line: line, document: try #require(NormalizationRule.alphanumeric.normalize(document)),
                    spelling: document, name: name.isEmpty ? nil : name))
            text += row + lineEnd
            line += lines(row) + 1
            if generator.chance(1, of: 5) {
                text += lineEnd
                line += 1
            }
        }
        if generator.chance(1, of: 2), text.hasSuffix(lineEnd) { text.removeLast() }
        let read = try entries(Array(text.utf8), as: .csv, chunk: 1 + generator.below(50))
        #expect(read == expected.map { .usable($0) })
    }

    /// Whatever the bytes are: each line that isn't blank is part of some row, and reading ends.
    @Test(arguments: 0..<60) func noBytesDoHarm(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed) &+ 1000)
        let alphabet = Array("ab,\"\n\r 7".utf8) + [0xFF, 0xC3, 0x00]
        var bytes = Array("document,name\n".utf8)
        for _ in 0..<generator.below(400) { bytes.append(generator.pick(alphabet) ?? 0) }
        let read = try entries(bytes, as: .csv, chunk: 1 + generator.below(20))
        let lines = read.map { entry in
            switch entry {
            case .usable(let row): row.line
            case .unusable(let row): row.line
            }
        }
        #expect(lines == lines.sorted() && Set(lines).count == lines.count)
        #expect(try entries(bytes, as: .csv, chunk: 4096) == read)
    }
}
