import EventLog
import Messages
import Testing

/// A record of a client, in the form that most tests need.
struct Sent {
    var topic = Topic.customerCommands
    var key = "c-1"
    var value: [UInt8]?
    var headers: [RecordHeader] = []

    init(_ text: String, topic: Topic = .customerCommands, key: String = "c-1", headers: [RecordHeader] = []) {
        self.topic = topic
        self.key = key
        self.headers = headers
        value = Array(text.utf8)
    }

    init(value: [UInt8]?, headers: [RecordHeader] = []) {
        self.value = value
        self.headers = headers
    }

    func reading(_ normalization: DocumentNormalization = .alphanumeric) -> CommandReading {
        CommandReader(normalization: normalization).read(
            LogRecord(
                topic: topic.rawValue, partition: 3, offset: 17, key: Array(key.utf8), value: value, headers: headers),
            from: topic, customerID: key, firstPlace: "\(topic.rawValue)/3/17")
    }

    func command(sourceLocation: SourceLocation = #_sourceLocation) throws -> ReceivedCommand {
        switch reading() {
        case .command(let command): return command
        case .unreadable(let detail):
            Issue.record("unreadable: \(detail)", sourceLocation: sourceLocation)
            throw Unreadable()
        }
    }

    struct Unreadable: Error {}

    /// The code that it is refused with; nil when it is taken.
    func code(sourceLocation: SourceLocation = #_sourceLocation) throws -> RejectionCode? {
        if case .failure(let refusal) = try command(sourceLocation: sourceLocation).content {
            refusal.code
        } else {
            nil
        }
    }

    var isUnreadable: Bool { if case .unreadable = reading() { true } else { false } }
}

extension ReceivedCommand {
    var asks: CustomerCommand? { if case .success(.command(let command)) = content { command } else { nil } }
}

/// A registration in structured mode, with members added to its data and its envelope.
func registration(_ data: String = "", envelope: String = #","id":"r","source":"/s""#) -> Sent {
    Sent(#"{"type":"RegisterCustomer","data":{"document":"D1"\#(data)}\#(envelope)}"#)
}
