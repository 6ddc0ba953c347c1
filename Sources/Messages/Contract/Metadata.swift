/// What every message of a service carries besides its data: CloudEvents' attributes and our extensions.
public struct Metadata: Hashable, Sendable {
    /// With the source, the message's identity: same source and id, same message.
    public var id: String
    public var source: String
    public var time: Timestamp
    /// Id of the command or request that began it all.
    public var correlationID: String
    /// Identity of the message that caused this one.
    public var causationID: String?
    public var causationSource: String?
    /// W3C trace context, carried along.
    public var trace: TraceContext

    public init(
        id: String, source: String, time: Timestamp, correlationID: String, causationID: String?,
        causationSource: String?, trace: TraceContext = TraceContext()
    ) {
        self.id = id
        self.source = source
        self.time = time
        self.correlationID = correlationID
        self.causationID = causationID
        self.causationSource = causationSource
        self.trace = trace
    }

    /// Metadata of a message that this one causes.
    public func causing(id: String, source: String, time: Timestamp) -> Metadata {
        Metadata(
            id: id, source: source, time: time, correlationID: correlationID, causationID: self.id,
            causationSource: self.source, trace: trace)
    }
}

/// W3C trace context as it came: absent, or small enough to be carried along.
public struct TraceContext: Hashable, Sendable {
    public var parent: String?
    public var state: String?

    /// What W3C lets a `tracestate` have; a longer one may be dropped, and is.
    public static let byteLimit = 512

    public init(parent: String? = nil, state: String? = nil) {
        self.parent = parent.flatMap(Self.carried)
        self.state = self.parent == nil ? nil : state.flatMap(Self.carried)
    }

    private static func carried(_ text: String) -> String? {
        text.utf8.count <= byteLimit && CustomerID.isPrintable(text) && !text.isEmpty ? text : nil
    }
}

/// A message of a service: metadata, the customer that it is about, and its data.
public struct Message<Body: MessageBody>: Hashable, Sendable {
    public var metadata: Metadata
    public var body: Body

    public init(_ metadata: Metadata, _ body: Body) {
        self.metadata = metadata
        self.body = body
    }

    /// The record's value: CloudEvents 1.0 in structured mode.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("specversion", "1.0")
        writer.member("id", metadata.id)
        writer.member("source", metadata.source)
        writer.member("type", body.type)
        if !body.subject.isEmpty { writer.member("subject", body.subject) }
        writer.member("time", metadata.time.description)
        writer.member("correlationid", metadata.correlationID)
        writer.member("causationid", metadata.causationID)
        writer.member("causationsource", metadata.causationSource)
        writer.member("traceparent", metadata.trace.parent)
        writer.member("tracestate", metadata.trace.state)
        writer.member("datacontenttype", "application/json")
        writer.beginObject("data")
        body.write(to: &writer)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}

/// The data of a message type, or of several that go through one topic.
public protocol MessageBody: Hashable, Sendable {
    /// CloudEvents' `type`.
    var type: String { get }
    /// The customer id; empty for what is about none.
    var subject: String { get }
    /// Writes the members of `data`.
    func write(to writer: inout JSONWriter)
    /// Reads `data` of a message of this type.
    /// - Throws: `MessageProblem.unknownType` for types that this body does not have.
    init(type: String, data: JSONObject) throws(MessageProblem)
}

/// Why a message that a service should have written can't be read.
public enum MessageProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not an envelope, or a member is missing or wrong. The text says which, and nothing of the content.
    case malformed(String)
    /// A type that this version does not know. Readers of event topics skip it.
    case unknownType

    public var description: String {
        switch self {
        case .malformed(let detail): "malformed: \(detail)"
        case .unknownType: "a type that this version does not know"
        }
    }
}

extension Message {
    /// Reads a message that a service wrote.
    public init(decoding value: [UInt8]?) throws(MessageProblem) {
        guard let value else { throw .malformed("there is no value") }
        let object: JSONObject
        do { object = try JSONObject(value) } catch { throw .malformed(error.detail) }
        try self.init(decoding: object)
    }

    /// Reads a message that a service wrote from its envelope.
    public init(decoding object: JSONObject) throws(MessageProblem) {
        let time = try object.required("time")
        guard let time = Timestamp(time) else { throw .malformed("`time` is no RFC 3339 time") }
        guard let data = object.object("data") else { throw .malformed("`data` is not an object") }
        let id = try object.required("id")
        metadata = Metadata(
            id: id, source: try object.required("source"), time: time,
            correlationID: object.text("correlationid") ?? id, causationID: object.text("causationid"),
            causationSource: object.text("causationsource"),
            trace: TraceContext(parent: object.text("traceparent"), state: object.text("tracestate")))
        body = try Body(type: try object.required("type"), data: data)
    }
}

extension JSONObject {
    /// A text that must be there.
    func required(_ name: String) throws(MessageProblem) -> String {
        guard let text = try optional(name) else { throw .malformed("`\(name)` is missing") }
        return text
    }

    /// A text that may be left out. Something else under the name is not taken for that.
    func optional(_ name: String) throws(MessageProblem) -> String? {
        switch field(name) {
        case .text(let text): return text
        case .absent: return nil
        case .unusable(let detail): throw .malformed(detail)
        }
    }

    /// A whole number that must be there.
    func requiredInteger(_ name: String) throws(MessageProblem) -> Int64 {
        guard let value = integer(name) else { throw .malformed("`\(name)` is not a whole number") }
        return value
    }
}
