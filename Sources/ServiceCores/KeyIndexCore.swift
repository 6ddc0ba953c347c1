public import EventLog
public import Messages
public import Processing
internal import Uniqueness

/// The second half of the projection: the uniquely-indexed collection. It rules on each wish once, in the order of the
/// key's partition, sends on what was granted, and tells the present holder.
public final class KeyIndexCore: ServiceCore {
    public let group = ConsumerGroup.projectionIndex
    public let served = [Topic.uniqueIndex]
    public let tables = [KeyEntry.table, KeyIndexCore.seen, KeyIndexCore.released]
    public let stateVersion = 2
    /// The ids that were answered, for ever.
    static let seen = StateTable("seen")
    /// The highest version of each customer's releases of a key, under the key and the customer. Apart from the entry,
    /// which would grow with each loser, and be written whole for the next one.
    static let released = StateTable("released")

    public init() {}

    public func handle(_ record: LogRecord, from topic: Topic, customerID: String, in step: Step)
        throws(StateStoreError)
    {
        let message: Message<KeyWish>
        do throws(MessageProblem) { message = try Message(decoding: record.value) } catch {
            switch error {
            case .unknownType: step.count(.skipped, topic)
            case .malformed(let detail): step.deadLetter(record, from: topic, reason: "malformed", detail: detail)
            }
            return
        }
        let wish = message.body
        let key = wish.key.bytes
        guard record.key == key else {
            step.deadLetter(
                record, from: topic, reason: "malformed", detail: "the key that is asked for is not the record's key")
            return
        }
        let identity = NameID(name: "\(message.metadata.source)\u{1F}\(message.metadata.id)").bytes
        guard try step.state.value(Self.seen, identity) == nil else {
            step.count(.repeated, topic)
            return
        }
        step.state.set(Self.seen, identity, to: [])

        var entry = try step.state.value(KeyEntry.table, key).flatMap(KeyEntry.init) ?? KeyEntry()
        let releasedKey = key + [0x1F] + Array(wish.customerID.utf8)
        let released = try step.releasedVersion(releasedKey)
        let ruling = KeyIndex.rule(on: wish, at: message.metadata.time, holder: entry.holder, released: released)
        answer(message, ruling.answer, step)
        if ruling.released != released {
            var writer = StateWriter()
            writer.integer(ruling.released)
            step.state.set(Self.released, releasedKey, to: writer.bytes)
        }
        if ruling.holder != entry.holder {
            entry.holder = ruling.holder
            entry.position = record.offset
            step.state.set(KeyEntry.table, key, to: entry.encoded)
            publish(entry, wish.key, message.metadata, step)
        }
    }

    /// Sends a claim on that was granted and has keys to come; else tells the verdict.
    private func answer(_ wish: Message<KeyWish>, _ answer: KeyIndex.Answer, _ step: Step) {
        switch (wish.body, answer) {
        case (.claim(let claim), .granted):
            guard let next = claim.next else { return tell(KeyVerdict(on: claim, loss: nil), wish, claim, step) }
            step.emit(
                wish.causing("\(wish.firstClaimID(claim))/\(next.at)", KeyWish.claim(next), step), key: next.key.bytes,
                to: .uniqueClaims)
        case (.claim(let claim), .rejected(let heldBy)):
            let loss = Loss(attribute: claim.key.attribute, heldBy: heldBy)
            tell(KeyVerdict(on: claim, loss: loss), wish, claim, step)
        case (.release(let release), .released):
            step.emit(
                wish.causing("\(wish.metadata.id)/released", KeyAnswer.released(release), step), to: .uniqueVerdicts)
        case (.release, _), (.claim, .released), (.claim, .nothing): break
        }
    }

    private func tell(_ verdict: KeyVerdict, _ wish: Message<KeyWish>, _ claim: KeyClaim, _ step: Step) {
        step.emit(
            wish.causing("\(wish.firstClaimID(claim))/\(verdict.suffix)", KeyAnswer.verdict(verdict), step),
            to: .uniqueVerdicts)
    }

    public func judge(_ record: LogRecord, from topic: Topic, by state: PartitionState) throws(StateStoreError)
        -> ServedVerdict
    {
        guard let bytes = record.key, let key = UniqueKey(bytes) else { return .right }
        let told = try? Message<KeyHolder>(decoding: record.value)
        guard let entry = try state.value(KeyEntry.table, bytes).flatMap(KeyEntry.init) else {
            // Nothing was granted yet. What is told may follow from a claim that is still to be decided here.
            let next = try state.position(in: .uniqueClaims)
            let position = told?.body.position ?? next - 1
            return record.value == nil || position >= next ? .right : .superfluous([Self.positionHeader(position)])
        }
        guard let holder = entry.published(key) else {
            return record.value == nil ? .right : .superfluous([Self.positionHeader(entry.position)])
        }
        return told?.body == holder ? .right : .superseded(by: entry.position)
    }

    public func serveAgain(_ record: LogRecord, from topic: Topic, in step: Step) throws(StateStoreError) {
        guard let message = try? Message<KeyWish>(decoding: record.value) else { return }
        let key = message.body.key
        guard let entry = try step.state.value(KeyEntry.table, key.bytes).flatMap(KeyEntry.init),
            entry.position == record.offset
        else { return }
        publish(entry, key, message.metadata, step)
    }

    private func publish(_ entry: KeyEntry, _ key: UniqueKey, _ cause: Metadata, _ step: Step) {
        guard let holder = entry.published(key) else {
            step.emitTombstone(key: key.bytes, headers: [Self.positionHeader(entry.position)], to: .uniqueIndex)
            return
        }
        step.emit(
            Message(cause.causing(id: "\(cause.id)/holder", source: Source.projection, time: step.now), holder),
            key: key.bytes, to: .uniqueIndex)
    }

    private static func positionHeader(_ position: Int64) -> RecordHeader {
        RecordHeader(KeyHolder.positionHeader, String(position))
    }
}

extension Step {
    fileprivate func releasedVersion(_ key: [UInt8]) throws(StateStoreError) -> Int64 {
        guard let bytes = try state.value(KeyIndexCore.released, key) else { return 0 }
        var reader = StateReader(bytes)
        guard let version = reader.integer() else { throw unreadable("a release") }
        return version
    }
}

extension Message where Body == KeyWish {
    fileprivate func causing<Next>(_ id: String, _ body: Next, _ step: Step) -> Message<Next> {
        Message<Next>(metadata.causing(id: id, source: Source.projection, time: step.now), body)
    }

    /// The id of the claim that the slip began with: one that was sent on has its place behind that.
    fileprivate func firstClaimID(_ claim: KeyClaim) -> String {
        let suffix = "/\(claim.at)"
        guard claim.at > 1, metadata.id.hasSuffix(suffix) else { return metadata.id }
        return String(metadata.id.dropLast(suffix.count))
    }
}

/// The entry of one key: who holds it, and since which record.
public struct KeyEntry: Sendable {
    public static let table = StateTable("keys")

    var holder = KeyIndex.Holder.free
    /// Offset of the deciding record in `unique-claims`.
    var position: Int64 = -1

    init() {}

    var encoded: [UInt8] {
        var writer = StateWriter()
        writer.integer(position)
        switch holder {
        case .free: writer.byte(0)
        case .claimed(let customer, let version):
            writer.byte(1)
            writer.text(customer)
            writer.integer(version)
        case .reserved(let customer, let reservation):
            writer.byte(2)
            writer.text(customer)
            writer.text(reservation)
        case .resting(let until):
            writer.byte(3)
            writer.text(until.description)
        }
        return writer.bytes
    }

    /// Reads a value of the table.
    public init?(_ bytes: [UInt8]) {
        var reader = StateReader(bytes)
        guard let position = reader.integer(), let kind = reader.byte() else { return nil }
        self.position = position
        switch kind {
        case 0: holder = .free
        case 1:
            guard let customer = reader.text(), let version = reader.integer() else { return nil }
            holder = .claimed(by: customer, version: version)
        case 2:
            guard let customer = reader.text(), let reservation = reader.text() else { return nil }
            holder = .reserved(by: customer, reservation: reservation)
        case 3:
            guard let until = reader.text().flatMap(ReusableFrom.init) else { return nil }
            holder = .resting(until)
        default: return nil
        }
    }

    /// As others may know it; nil while nobody holds the key.
    public func published(_ key: UniqueKey) -> KeyHolder? {
        switch holder {
        case .free, .resting: nil
        case .claimed(let customer, _):
            KeyHolder(key: key, customerID: customer, status: .claimed, reservation: nil, position: position)
        case .reserved(let customer, let reservation):
            KeyHolder(key: key, customerID: customer, status: .reserved, reservation: reservation, position: position)
        }
    }

    /// The answer of `GET /keys/{attribute}/{value}`; nil while nobody holds the key.
    public func json(_ key: UniqueKey) -> [UInt8]? {
        guard let holder = published(key) else { return nil }
        var writer = JSONWriter(capacity: 160)
        writer.beginObject()
        writer.member("attribute", key.attribute)
        writer.member("value", key.value)
        writer.member("customerId", holder.customerID)
        writer.member("status", holder.status.rawValue)
        writer.endObject()
        return writer.bytes
    }
}
