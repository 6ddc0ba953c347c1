import Foundation
import Messages
import Testing

@testable import LoadGenerating

/// NDJSON files as they are met, and the choice between the formats.
@Suite struct NDJSONTests {
    private func summaries(
        _ text: String, columns: ColumnNames = .contract, attributes: [UniqueAttribute] = .standard
    ) throws -> [String] {
        try entries(text, as: .ndjson, columns: columns, attributes: attributes).map(\.summary)
    }

    @Test(arguments: ["\n", "\r\n", "\r"], [false, true])
    func lineEndingsAndMarks(lineEnd: String, hasMark: Bool) throws {
        let lines = [
            #"{"document":"A-1","customerId":"c-1"}"#, "", " ", #" { "name" : "Zo\u00eb\n", "document":"B" } "#,
        ]
        let text = (hasMark ? "\u{FEFF}" : "") + lines.joined(separator: lineEnd)
        let rows = ["1 c-1 A-1 -", "4 - B Zoë\n"]
        #expect(try summaries(text) == rows)
        #expect(try summaries(text + lineEnd) == rows)
        #expect(try summaries("") == [])
    }

    @Test(arguments: [
        (#"{"document":7}"#, "'document' is a number: a value is text"),
        (#"{"document":1e999}"#, "'document' is unreadable: a value is text"),
        (#"{"document":true}"#, "'document' is true or false: a value is text"),
        (#"{"document":["A"]}"#, "'document' is an array: a value is text"),
        (#"{"document":{"a":1}}"#, "'document' is an object: a value is text"),
        (#"{"document":"A","customerId":17}"#, "'customerId' is a number: a customer id is text"),
        (#"{"document":"A","name":{}}"#, "'name' is an object: a name is text"),
        (#"{"document":null,"x":1}"#, "no 'document'; the object has 'document', 'x'"),
        (#"{"document":""}"#, "document is empty"),
        (#"{"document":"--"}"#, "document is no value by the rule alphanumeric"),
        (#"{"document":"A","customerId":"a\u0000b"}"#, "customer id has control characters"),
        (#"{"document":"A"} {"document":"B"}"#, "not a JSON object"),
        (#"["A"]"#, "not a JSON object"),
        (#""A""#, "not a JSON object"),
        (#"{"document":"A""#, "not a JSON object"),
        (#"{"document":"\ud800"}"#, "'document' is unreadable: a value is text"),
        ("{\"document\":\"A\u{0}\"}", "not a JSON object"),
        (String(repeating: "[", count: 100_000), "not a JSON object"),
        (#"{"document":"# + String(repeating: "[", count: 100_000), "not a JSON object"),
    ])
    func unusableRowsSayWhy(line: String, reason: String) throws {
        #expect(try summaries("\(line)\n{\"document\":\"B\"}") == ["1! \(reason)", "2 - B -"])
    }

    @Test func invalidBytesAndEndlessLinesCostTheirRow() throws {
        let bytes = Array(#"{"document":""#.utf8) + [0xC3] + Array("\"}\n{\"document\":\"B\"}".utf8)
        #expect(try entries(bytes, as: .ndjson).map(\.summary) == ["1! bytes that are no text", "2 - B -"])
        let long = String(repeating: "x", count: ByteWindow.longestRow + 1) + "\n{\"document\":\"B\"}"
        #expect(
            try entries(Array(long.utf8), as: .ndjson, chunk: 65536).map(\.summary) == [
                "1! \(CSVReader.tooLong)", "2 - B -",
            ])
    }

    @Test func membersAreFoundLenientlyAndMayBeRenamed() throws {
        #expect(try summaries(#"{"Document":"A","CUSTOMERID":"c"}"#) == ["1 c A -"])
        #expect(
            try summaries(#"{"cpf":"A","document":"no"}"#, columns: ColumnNames(attributes: ["document": "cpf"])) == [
                "1 - A -"
            ])
    }

    @Test func eachAttributeHasItsMember() throws {
        let text = #"""
            {"tax-number":"7","email":"a@b.c","document":"A"}
            {"document":"B","email":null}
            {"email":"a@b.c"}
            {"document":"C","email":5}
            """#
        #expect(
            try summaries(text, attributes: .three) == [
                "1 - A|a@b.c|7 -", "2 - B -", "3! no 'document'; the object has 'email'",
                "4! 'email' is a number: a value is text",
            ])
    }

    @Test(arguments: [
        ("a.csv", #"{"#, InputFormat.csv), ("a.CSV", "", .csv), ("b.ndjson", "document", .ndjson),
        ("c.jsonl", "", .ndjson), ("d.json", "", .ndjson), ("e.txt", "\u{FEFF} \n {\"document\":\"A\"}", .ndjson),
        ("f", "document\nA", .csv), ("g.d/h", "\n\ndocument\n", .csv),
    ])
    func formatsAreToldByExtensionThenContent(path: String, text: String, format: InputFormat) throws {
        do {
            #expect(try open(Array(text.utf8), path: path).format == format)
        } catch {
            #expect(format == .csv && ["no-header", "missing-column"].contains(error.code))
        }
    }

    @Test func filesThatCannotBeReadAreNamed() throws {
        let path = "/no/such/file.csv"
        let error = #expect(throws: CustomerFileError.self) {
            _ = try CustomerFile(path: path, format: .ndjson, attributes: .standard)
        }
        #expect(error?.code == "unreadable")
        #expect(error?.description.hasPrefix("\(path) can't be read: ") == true)
    }

    @Test func theSampleCSV() throws {
        var file = try CustomerFile(path: try resource("customers.csv"), attributes: .standard)
        let plan = try FilePlan(reading: &file, seed: 5)
        #expect(plan.count == 8)
        #expect(
            plan.unusableRows.map(\.description) == [
                "line 8: document is empty", "line 11: document is no value by the rule alphanumeric",
                "line 12: wrong number of fields: 5, where the header has 4",
            ])
        #expect(plan.registrations.map(\.line) == [2, 3, 4, 5, 9, 10, 13, 14])
        // c-1003 and c-1009 lose or win against c-1001, the generated one against c-1004; c-1002 comes twice.
        #expect(plan.expectations == Expectations(confirmed: 4, compensated: 3, rejected: 1, distinctDocuments: 5))
        #expect(plan.registration(at: 3).name == "Søren Østergård\n(Copenhagen office)")
    }

    @Test func theSampleNDJSON() throws {
        var file = try CustomerFile(path: try resource("customers.ndjson"), attributes: .standard)
        let plan = try FilePlan(reading: &file, seed: 5)
        #expect(plan.registrations.map(\.line) == [1, 2, 4, 8, 9])
        #expect(plan.unusableRows.map(\.line) == [5, 6, 7])
        #expect(plan.expectations == Expectations(confirmed: 3, compensated: 1, rejected: 1, distinctDocuments: 4))
        #expect(plan.registration(at: 4).name == "Zoë 😀")
    }
}
