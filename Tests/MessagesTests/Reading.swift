import EventLog
import Messages
import Testing

/// What most tests declare: three attributes, of which the first one is required.
let declared = Declaration(attributes: [
    UniqueAttribute(name: "document"),
    UniqueAttribute(name: "email", normalize: .email, isRequired: false),
    UniqueAttribute(name: "tax-number", normalize: .digits(length: 11), reuse: .never, isRequired: false),
])

func values(_ pairs: KeyValuePairs<String, String>) -> UniqueValues {
    UniqueValues(pairs.map { UniqueKey(attribute: $0.key, value: $0.value) })
}

func changes(_ pairs: KeyValuePairs<String, String?>) -> ValueChanges {
    ValueChanges(pairs.map { ValueChanges.Change(attribute: $0.key, value: $0.value) })
}

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

    func reading(_ declaration: Declaration = declared) -> CommandReading {
        CommandReader(declaration).read(
            LogRecord(
                topic: topic.rawValue, partition: 3, offset: 17, key: Array(key.utf8), value: value, headers: headers),
            from: topic, customerID: key, firstPlace: "\(topic.rawValue)/3/17")
    }

    func command(_ declaration: Declaration = declared, sourceLocation: SourceLocation = #_sourceLocation) throws
        -> ReceivedCommand
    {
        switch reading(declaration) {
        case .command(let command): return command
        case .unreadable(let detail):
            Issue.record("unreadable: \(detail)", sourceLocation: sourceLocation)
            throw Unreadable()
        }
    }

    struct Unreadable: Error {}

    /// Why it is refused; nil when it is taken.
    func refusal(_ declaration: Declaration = declared, sourceLocation: SourceLocation = #_sourceLocation) throws
        -> Refusal?
    {
        if case .failure(let refusal) = try command(declaration, sourceLocation: sourceLocation).content {
            refusal
        } else {
            nil
        }
    }

    /// The code that it is refused with; nil when it is taken.
    func code(sourceLocation: SourceLocation = #_sourceLocation) throws -> RejectionCode? {
        try refusal(sourceLocation: sourceLocation)?.code
    }

    var isUnreadable: Bool { if case .unreadable = reading() { true } else { false } }
}

extension ReceivedCommand {
    var asks: CustomerCommand? { if case .success(.command(let command)) = content { command } else { nil } }
}

/// A registration in structured mode, with members added to its data and its envelope.
func registration(_ data: String = "", envelope: String = #","id":"r","source":"/s""#) -> Sent {
    Sent(#"{"type":"RegisterCustomer","data":{"values":{"document":"D1"}\#(data)}\#(envelope)}"#)
}

/// A client's command with these values, as they are written.
func sent(_ type: String, values: String, topic: Topic = .customerCommands) -> Sent {
    Sent(#"{"id":"r","type":"\#(type)","data":{"values":\#(values)}}"#, topic: topic)
}
