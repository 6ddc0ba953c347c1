import EventLog

@testable import Messages

/// What clients send to the services: JSON, envelopes, commands. The first byte says the topic and the way in which the
/// attributes come; in binary mode headers stand before the value, each with its lengths.
enum Target: FuzzTarget {
    static func run(_ bytes: [UInt8]) {
        var input = FuzzBytes(bytes)
        let choice = input.byte()
        var headers: [RecordHeader] = []
        if choice & 1 == 1 { headers = self.headers(&input) }
        let value = input.rest()
        json(value)
        read(value, headers, choice)
    }

    private static func headers(_ input: inout FuzzBytes) -> [RecordHeader] {
        let names = [
            "content-type", "ce_id", "ce_source", "ce_type", "ce_specversion", "ce_subject", "ce_correlationid",
            "ce_traceparent", "ce_tracestate", "ce_time", "Content-Type", "x",
        ]
        return (0..<input.below(8)).map { _ in
            let name = names[input.below(names.count)]
            let length = input.byte()
            return RecordHeader(name: name, value: length == 255 ? nil : input.take(Int(length)))
        }
    }

    private static func read(_ value: [UInt8], _ headers: [RecordHeader], _ choice: UInt8) {
        let topics = Topic.allCases
        let topic = topics[Int(choice >> 1) % topics.count]
        let record = LogRecord(
            topic: topic.rawValue, partition: 1, offset: 2, key: Array("c-42".utf8), value: value, headers: headers)
        for rule in [NormalizationRule.alphanumeric, .digits(length: nil), .digits(length: 11), .email, .trim, .none] {
            let attributes = [
                UniqueAttribute(name: "document", normalize: rule),
                UniqueAttribute(name: "email", normalize: rule, isRequired: false),
            ]
            let reader = CommandReader(Declaration(attributes: attributes))
            let reading = reader.read(record, from: topic, customerID: "c-42", firstPlace: "\(topic.rawValue)/1/2")
            guard case .command(let command) = reading else { continue }
            expect(CommandReader.isIdentifier(command.correlationID), "\(command.correlationID) as correlation id")
            expect(CommandReader.isIdentifier(command.source) || command.source.utf8.count <= 256, "\(command.source)")
        }
    }

    /// What is taken for an object: its texts can be written and read again.
    private static func json(_ bytes: [UInt8]) {
        guard let object = try? JSONObject(bytes) else { return }
        expect(String(validating: bytes, as: UTF8.self) != nil, "accepted, but not UTF-8")
        for name in ["id", "data", "values", "customerId", "time", "type", "a", ""] {
            _ = object.integer(name)
            _ = object.texts(name)
            if let inner = object.object(name) { _ = inner.text("values") }
            guard let text = object.text(name) else { continue }
            if let time = Timestamp(text) {
                expect(Timestamp(time.description) == time, "\(time) for \(text)")
            }
            var writer = JSONWriter()
            writer.beginObject()
            writer.member(name, text)
            writer.endObject()
            let again = (try? JSONObject(writer.bytes))?.text(name)
            expect(again.map { Array($0.utf8) } == Array(text.utf8), "\(String(describing: again)) for \(text)")
        }
    }

    static func seeds() throws -> [[UInt8]] {
        let command =
            Array(
                #"{"specversion":"1.0","id":"r","source":"/s","type":"RegisterCustomer","time":"2026-11-23T20:15:00Z","#
                    .utf8)
            + Array(#""data":{"values":{"document":"D\u00e9-1"},"name":"\ud83d\ude00","customerId":"c-42"}}"#.utf8)
        let topics = Topic.allCases.count
        return try (GoldenFiles.envelopes() + [command]).enumerated().map { number, bytes in
            [UInt8(number % topics) << 1] + bytes
        } + [[1, 3, 0, 16] + Array("application/json".utf8) + [1, 1, 65, 3, 1, 66] + command]
    }
}
