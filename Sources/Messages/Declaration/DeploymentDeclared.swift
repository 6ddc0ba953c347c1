public import EventLog

/// A record of the topic `deployment`: what is declared. About no customer, and without a key.
public struct DeploymentDeclared: MessageBody {
    /// From 1; each that is to count names the next one.
    public var revision: Int64
    public var declaration: Declaration
    /// Whether its writer has found no record in any other topic. Only then may it change how values are read.
    public var isBeforeAnyRecord: Bool

    public init(revision: Int64, declaration: Declaration, isBeforeAnyRecord: Bool = false) {
        self.revision = revision
        self.declaration = declaration
        self.isBeforeAnyRecord = isBeforeAnyRecord
    }

    static let type = "DeploymentDeclared"
    public var type: String { Self.type }
    public var subject: String { "" }

    public func write(to writer: inout JSONWriter) {
        writer.member("revision", revision)
        declaration.write(to: &writer)
        if isBeforeAnyRecord { writer.member("beforeAnyRecord", true) }
    }

    public init(type: String, data: JSONObject) throws(MessageProblem) {
        guard type == Self.type else { throw .unknownType }
        revision = try data.requiredInteger("revision")
        if revision < 1 { throw .malformed("`revision` is not positive") }
        isBeforeAnyRecord = data.boolean("beforeAnyRecord") ?? false
        let content: DeclaredContent
        do { content = try data.declaredContent() } catch { throw .malformed(error.detail) }
        do { declaration = try Declaration(content, unknown: .ignored) } catch { throw .malformed(error.detail) }
    }
}

extension DeploymentDeclared {
    /// The record to be written.
    /// - Parameter id: another one for each record, so that two operators do not name theirs alike.
    public func record(id: String, source: String, time: Timestamp, in names: DeploymentNames) -> OutgoingRecord {
        let metadata = Metadata(
            id: id, source: source, time: time, correlationID: id, causationID: nil, causationSource: nil)
        return OutgoingRecord(
            topic: names.name(.deployment), partition: 0, key: nil, value: Message(metadata, self).encoded(),
            headers: [RecordHeader("content-type", "application/cloudevents+json; charset=UTF-8")])
    }
}
