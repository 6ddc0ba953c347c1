public import EventLog

/// Reads what others send: tells apart who can be answered and who can't, and never fails.
public struct CommandReader: Sendable {
    /// Limits of the contract, in bytes (the name: Unicode scalars).
    public enum Limit {
        public static let value = 65_536
        public static let identifier = 256
        public static let name = 256
    }

    public let normalization: DocumentNormalization

    public init(normalization: DocumentNormalization) { self.normalization = normalization }

    /// Reads a record of a topic for commands or requests.
    /// - Parameters:
    ///   - topic: the contract's topic that the record was read from.
    ///   - customerID: its key.
    ///   - firstPlace: `<topic>/<partition>/<offset>` of its first place: the id of a message that has none.
    public func read(_ record: LogRecord, from topic: Topic, customerID: String, firstPlace: String) -> CommandReading {
        let envelope: RawEnvelope
        do { envelope = try RawEnvelope(value: record.value, headers: record.headers) } catch {
            return .unreadable(error.description)
        }
        let id: String
        switch envelope.attribute("id") {
        case .absent, .text(""): id = firstPlace
        case .text(let text):
            guard Self.isIdentifier(text) else {
                return .unreadable("`id` is over the limit or has control characters")
            }
            id = text
        case .unusable(let detail): return .unreadable(detail)
        }
        let source: String
        switch envelope.attribute("source") {
        case .absent: source = ""
        case .text(let text): source = text
        case .unusable(let detail): return .unreadable(detail)
        }
        let type: String
        if case .text(let text) = envelope.attribute("type") { type = text } else { type = "" }

        var content = Result { () throws(Refusal) -> Asked in
            try check(record, envelope, customerID: customerID)
            return try parse(type: type, envelope: envelope, topic: topic)
        }
        var correlationID = id
        switch envelope.attribute("correlationid") {
        case .absent, .text(""): break
        case .text(let text) where Self.isIdentifier(text): correlationID = text
        case .text:
            content = .failure(Refusal(.malformed, "`correlationid` is over the limit or has control characters."))
        case .unusable(let detail): content = .failure(Refusal(.malformed, detail))
        }
        let trace: TraceContext
        if case .text(let parent) = envelope.attribute("traceparent") {
            if case .text(let state) = envelope.attribute("tracestate") {
                trace = TraceContext(parent: parent, state: state)
            } else {
                trace = TraceContext(parent: parent)
            }
        } else {
            trace = TraceContext()
        }
        return .command(
            ReceivedCommand(
                customerID: customerID, id: id,
                // The key is made of all of it; what is answered with must stay small.
                source: Self.isIdentifier(source) ? source : String(source.unicodeScalars.prefix(64)), type: type,
                key: DeduplicationKey(topic: topic, customerID: customerID, source: source, id: id),
                hash: hash(type: type, envelope: envelope, topic: topic), correlationID: correlationID, trace: trace,
                content: content))
    }

    static func isIdentifier(_ text: String) -> Bool {
        text.utf8.count <= Limit.identifier && CustomerID.isPrintable(text)
    }

    /// What holds for every command, whatever it asks.
    private func check(_ record: LogRecord, _ envelope: RawEnvelope, customerID: String) throws(Refusal) {
        if let value = record.value, value.count > Limit.value {
            throw Refusal(.malformed, "The value is larger than \(Limit.value) bytes.")
        }
        if case .text(let source) = envelope.attribute("source"), !Self.isIdentifier(source) {
            throw Refusal(.malformed, "`source` is over the limit or has control characters.")
        }
        switch envelope.attribute("specversion") {
        case .absent, .text("1.0"): break
        case .text: throw Refusal(.malformed, "`specversion` is not 1.0.")
        case .unusable(let detail): throw Refusal(.malformed, detail)
        }
        switch envelope.attribute("subject") {
        case .absent: break
        case .text(let text) where text.isExactly(customerID): break
        case .text: throw Refusal(.malformed, "`subject` is not the record's key.")
        case .unusable(let detail): throw Refusal(.malformed, detail)
        }
        if case .text(let type) = envelope.attribute("datacontenttype"), type != "application/json" {
            let media = type.lowercased().split(separator: ";").first.map { $0.filter { !$0.isWhitespace } } ?? ""
            guard media == "application/json" || media.hasSuffix("+json") else {
                throw Refusal(.malformed, "`datacontenttype` is not application/json.")
            }
        }
        switch envelope.data {
        case .absent: break
        case .unusable(let detail): throw Refusal(.malformed, detail)
        case .object(let data):
            switch data.field("customerId") {
            case .absent: break
            case .text(let text) where text.isExactly(customerID): break
            case .text: throw Refusal(.malformed, "`customerId` is not the record's key.")
            case .unusable(let detail): throw Refusal(.malformed, detail)
            }
        }
    }

    private func parse(type: String, envelope: RawEnvelope, topic: Topic) throws(Refusal) -> Asked {
        switch envelope.attribute("type") {
        case .text(""), .absent: throw Refusal(.malformed, "`type` is missing.")
        case .text: break
        case .unusable(let detail): throw Refusal(.malformed, detail)
        }
        guard let kind = CommandType(type, in: topic) else {
            throw Refusal(CommandType.isKnownElsewhere(type, than: topic) ? .notAllowed : .unknownType)
        }
        guard case .object(let data) = envelope.data else { throw Refusal(.malformed, "`data` is missing.") }
        if topic.isWrittenByClients {
            for name in CommandType.guardedFields {
                if try field(name, of: data) != nil { throw Refusal(.notAllowed) }
            }
        }
        switch kind {
        case .startRegistration:
            let name = try self.name(of: data)
            return .registration(document: try clientsDocument(of: data), name: name)
        case .register:
            let name = try self.name(of: data)
            return .command(.register(document: try clientsDocument(of: data), name: name))
        case .changeDocument: return .command(.changeDocument(document: try clientsDocument(of: data)))
        case .unregister: return .command(.unregister)
        case .registerReserved, .confirm, .compensate, .confirmChange, .rejectChange:
            return .command(try processCommand(kind, data))
        }
    }

    /// What the process manager writes: its documents are normalized already.
    private func processCommand(_ kind: CommandType, _ data: JSONObject) throws(Refusal) -> CustomerCommand {
        let document = try required("document", of: data)
        switch kind {
        case .confirm: return .confirm(document: document, version: try version(of: data))
        case .compensate:
            guard try required("reason", of: data) == CustomerEvent.Reason.duplicateDocument.rawValue else {
                throw Refusal(.malformed, "`reason` is not duplicate-document.")
            }
            return .compensate(
                document: document, heldBy: try text("heldBy", of: data), version: try version(of: data))
        case .confirmChange: return .confirmChange(document: document, version: try version(of: data))
        case .rejectChange:
            return .rejectChange(
                document: document, heldBy: try text("heldBy", of: data), version: try version(of: data))
        case .registerReserved:
            return .registerReserved(
                document: document, name: try name(of: data), reservation: try required("reservation", of: data))
        case .startRegistration, .register, .changeDocument, .unregister: throw Refusal(.notAllowed)
        }
    }

    private func name(of data: JSONObject) throws(Refusal) -> String? {
        let name = try text("name", of: data)
        guard let name else { return nil }
        if name.unicodeScalars.count > Limit.name {
            throw Refusal(.malformed, "`name` is longer than \(Limit.name) characters.")
        }
        guard CustomerID.isPrintable(name) else { throw Refusal(.malformed, "`name` has control characters.") }
        return name
    }

    private func clientsDocument(of data: JSONObject) throws(Refusal) -> String {
        guard let document = normalization.normalize(try required("document", of: data)) else {
            throw Refusal(.invalidDocument)
        }
        return document
    }

    private func field(_ name: String, of data: JSONObject) throws(Refusal) -> JSONElement? {
        do { return try data.element(name).flatMap { $0.kind == .null ? nil : $0 } } catch {
            throw Refusal(.malformed, error.detail)
        }
    }

    private func text(_ name: String, of data: JSONObject) throws(Refusal) -> String? {
        switch data.field(name) {
        case .absent: return nil
        case .text(let text): return text
        case .unusable(let detail): throw Refusal(.malformed, detail + ".")
        }
    }

    private func required(_ name: String, of data: JSONObject) throws(Refusal) -> String {
        guard let text = try text(name, of: data) else { throw Refusal(.malformed, "`\(name)` is missing.") }
        return text
    }

    private func version(of data: JSONObject) throws(Refusal) -> Int64 {
        guard let version = data.integer("version"), version > 0 else {
            throw Refusal(.malformed, "`version` is not a positive whole number.")
        }
        return version
    }

    /// SHA-256 of the type and the known fields as RFC 8785 JSON: `{"data":{…},"type":"…"}`.
    private func hash(type: String, envelope: RawEnvelope, topic: Topic) -> [UInt8] {
        var writer = JSONWriter(capacity: 160)
        writer.beginObject()
        writer.beginObject("data")
        if case .object(let data) = envelope.data {
            for name in CommandType.knownFields(of: type, in: topic) {
                switch data.field(name) {
                case .absent: break
                case .text(let text):
                    let normalizes = name == "document" && topic.isWrittenByClients
                    writer.member(name, normalizes ? normalization.normalize(text) ?? text : text)
                case .unusable:
                    // A number, or what is refused as malformed all the same: its bytes stand for themselves.
                    if let element = try? data.element(name) { writer.member(name, json: data.raw(element)) }
                }
            }
        }
        writer.endObject()
        writer.member("type", type)
        writer.endObject()
        return Digest.sha256(writer.bytes)
    }
}
