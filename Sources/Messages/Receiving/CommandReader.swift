public import EventLog

/// Reads what others send: tells apart who can be answered and who can't, and never fails.
public struct CommandReader: Sendable {
    /// Limits of the contract, in bytes (the name: Unicode scalars).
    public enum Limit {
        public static let value = 65_536
        public static let identifier = 256
        public static let name = 256
    }

    /// What is known to be declared.
    public var declaration: Declaration

    public init(_ declaration: Declaration) { self.declaration = declaration }

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
                hash: hash(type: type, envelope: envelope), correlationID: correlationID, trace: trace,
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
            throw Refusal(CommandType.isKnown(type) ? .notAllowed : .unknownType)
        }
        let data: JSONObject
        switch (envelope.data, kind) {
        case (.object(let object), _): data = object
        // It has no field that must be there.
        case (.absent, .unregister): return .command(.unregister)
        default: throw Refusal(.malformed, "`data` is missing.")
        }
        if topic.isWrittenByClients {
            for name in CommandType.guardedFields {
                if try field(name, of: data) != nil { throw Refusal(.notAllowed) }
            }
        }
        switch kind {
        case .startRegistration:
            let name = try self.name(of: data)
            return .registration(try clientsValues(of: data), name: name)
        case .register:
            let name = try self.name(of: data)
            return .command(.register(try clientsValues(of: data), name: name))
        case .change: return .command(.change(try clientsChanges(of: data)))
        case .unregister: return .command(.unregister)
        case .confirm: return .command(.confirm(version: try version(of: data)))
        case .compensate:
            guard try required("reason", of: data) == CustomerEvent.Reason.duplicate.rawValue else {
                throw Refusal(.malformed, "`reason` is not duplicate.")
            }
            return .command(.compensate(try loss(of: data), version: try version(of: data)))
        case .confirmChange: return .command(.confirmChange(version: try version(of: data)))
        case .rejectChange: return .command(.rejectChange(try loss(of: data), version: try version(of: data)))
        case .registerReserved:
            let name = try self.name(of: data)
            return .command(
                .registerReserved(
                    try reservedValues(of: data), name: name, reservation: try required("reservation", of: data)))
        }
    }

    // MARK: Values

    /// What a client registers: in the declared order, normalized, with all that is required.
    private func clientsValues(of data: JSONObject) throws(Refusal) -> UniqueValues {
        let values = try clientsChanges(of: data, isRegistration: true).wanted
        for attribute in declaration.attributes where attribute.isRequired && values[attribute.name] == nil {
            throw .invalid(attribute.name, "is required")
        }
        return values
    }

    /// What a client wants to be changed: in the declared order, normalized.
    private func clientsChanges(of data: JSONObject, isRegistration: Bool = false) throws(Refusal) -> ValueChanges {
        let sent = try declaredValues(of: data)
        var changes: [ValueChanges.Change] = []
        for attribute in declaration.attributes {
            guard let change = sent.all.first(where: { $0.attribute == attribute.name }) else { continue }
            guard let value = change.value else {
                if attribute.isRequired { throw .invalid(attribute.name, "is required") }
                if !isRegistration { changes.append(change) }
                continue
            }
            guard let normalized = attribute.normalize.normalize(value) else {
                throw .invalid(attribute.name, "is not valid by the rule `\(attribute.normalize)`")
            }
            changes.append(.init(attribute: attribute.name, value: normalized))
        }
        return ValueChanges(changes)
    }

    /// What the process manager has reserved: normalized, and in the declared order already.
    private func reservedValues(of data: JSONObject) throws(Refusal) -> UniqueValues {
        let sent = try declaredValues(of: data)
        return sent.wanted
    }

    private func declaredValues(of data: JSONObject) throws(Refusal) -> ValueChanges {
        let values: ValueChanges
        do throws(MessageProblem) { values = try data.requiredChanges("values") } catch {
            switch error {
            case .malformed(let detail): throw Refusal(.malformed, detail + ".")
            case .unknownType: throw Refusal(.unknownType)
            }
        }
        if let unknown = values.all.first(where: { declaration[$0.attribute] == nil }) {
            throw .undeclared(unknown.attribute)
        }
        return values
    }

    private func loss(of data: JSONObject) throws(Refusal) -> Loss {
        Loss(attribute: try required("attribute", of: data), heldBy: try text("heldBy", of: data))
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

    /// SHA-256 of `{"name":…,"type":…,"values":{…}}` as RFC 8785 JSON, with what was sent; nil where that can't be read.
    private func hash(type: String, envelope: RawEnvelope) -> [UInt8]? {
        if type.isEmpty { return nil }
        var writer = JSONWriter(capacity: 160)
        writer.beginObject()
        var values: ValueChanges?
        switch envelope.data {
        case .absent: break
        case .unusable: return nil
        case .object(let data):
            do {
                values = try data.changes("values")
                switch data.field("name") {
                case .absent: break
                case .text(let name): writer.member("name", name)
                case .unusable: return nil
                }
            } catch { return nil }
        }
        writer.member("type", type)
        if let values {
            // By UTF-16 code units, as RFC 8785 has it.
            let sorted = values.all.sorted { $0.attribute.utf16.lexicographicallyPrecedes($1.attribute.utf16) }
            writer.member("values", ValueChanges(sorted))
        }
        writer.endObject()
        return Digest.sha256(writer.bytes)
    }
}
