internal import EventLog
internal import Messages
internal import Processing
internal import ServiceCores

/// A message of a service as a record.
private func record<Body>(_ message: Message<Body>, key: [UInt8], to topic: Topic, _ partitionCount: Int32)
    -> OutgoingRecord
{
    OutgoingRecord(
        topic: topic.rawValue, partition: Murmur2.partition(of: key, count: partitionCount), key: key,
        value: message.encoded(), headers: [RecordHeader("content-type", "application/cloudevents+json; charset=UTF-8")]
    )
}

/// A claim that an index has sent on.
private struct SentOn {
    var metadata: Metadata
    var claim: KeyClaim
    /// The id of the claim that its slip began with.
    var slip: String

    init?(_ record: OutgoingRecord) {
        guard record.topic == Topic.uniqueClaims.rawValue,
            let message = try? Message<KeyWish>(decoding: record.value), case .claim(let claim) = message.body,
            claim.at > 1
        else { return nil }
        metadata = message.metadata
        self.claim = claim
        slip = String(metadata.id.dropLast("/\(claim.at)".count))
    }

    /// That all its keys are granted.
    func granted(by cause: String, _ partitionCount: Int32) -> OutgoingRecord {
        var metadata = metadata
        (metadata.id, metadata.causationID) = (slip + "/granted", cause)
        return record(
            Message(metadata, KeyAnswer.verdict(KeyVerdict(on: claim, loss: nil))), key: Array(claim.customerID.utf8),
            to: .uniqueVerdicts, partitionCount)
    }
}

/// Sends a claim on to the key behind the next one, or grants it where there is none.
func skippingKey(_ written: OutgoingRecord, _ partitionCount: Int32) -> OutgoingRecord {
    guard let sent = SentOn(written) else { return written }
    guard let next = sent.claim.next else {
        return sent.granted(by: sent.metadata.causationID ?? "", partitionCount)
    }
    var metadata = sent.metadata
    metadata.id = "\(sent.slip)/\(next.at)"
    return record(Message(metadata, KeyWish.claim(next)), key: next.key.bytes, to: .uniqueClaims, partitionCount)
}

/// What an event claims is asked for at all keys at once. Somebody who knows how all of them have ruled tells the verdict
/// when the last one has, or the first has refused: all of it is right but that two can defeat each other.
final class AllAtOnce {
    static let cores = CoreFactory(
        alteration: { AllAtOnce($0).alter },
        make: { group, declaration, advice in
            let core = CoreFactory.services.make(group, declaration, advice)
            return group == .projectionCustomers ? ClaimsAtOnce(core) : core
        })

    private let partitionCount: Int32
    /// The places that were granted, by slip.
    private var granted: [String: Set<Int>] = [:]
    /// The claim that was refused first, by slip.
    private var refused: [String: String] = [:]

    private init(_ partitionCount: Int32) { self.partitionCount = partitionCount }

    private func alter(_ group: ConsumerGroup, _ records: [OutgoingRecord]) -> [OutgoingRecord] {
        group == .projectionIndex ? records.compactMap(altered) : records
    }

    private func altered(_ written: OutgoingRecord) -> OutgoingRecord? {
        if let sent = SentOn(written) {
            // It is there already; what is new is that the one before was granted.
            if sent.claim.isReservation { return written }
            let count = sent.claim.keys.count
            guard isGranted(sent.slip, sent.claim.at - 1, of: count) else { return nil }
            return sent.granted(by: "\(sent.slip)/\(count)", partitionCount)
        }
        guard written.topic == Topic.uniqueVerdicts.rawValue,
            let message = try? Message<KeyAnswer>(decoding: written.value), case .verdict(let verdict) = message.body,
            case .event = verdict.ground
        else { return written }
        let slip = String(message.metadata.id.dropLast(verdict.suffix.count + 1))
        if verdict.isGranted { return isGranted(slip, verdict.keys.count, of: verdict.keys.count) ? written : nil }
        let cause = message.metadata.causationID ?? ""
        refused[slip] = refused[slip] ?? cause
        return refused[slip] == cause ? written : nil
    }

    private func isGranted(_ slip: String, _ place: Int, of count: Int) -> Bool {
        granted[slip, default: []].insert(place)
        return granted[slip]?.count == count
    }
}

/// Asks for all keys of an event at once.
private final class ClaimsAtOnce: WrappedCore {
    override func handle(_ record: LogRecord, from topic: Topic, customerID: String, in step: Step)
        throws(StateStoreError)
    {
        try super.handle(record, from: topic, customerID: customerID, in: step)
        guard let message = try? Message<CustomerEvent>(decoding: record.value) else { return }
        let (keys, purpose): ([UniqueKey], ClaimPurpose)
        var reservation: String?
        switch message.body.kind {
        case .registered(_, _, let name):
            (keys, purpose, reservation) = (message.body.values.keys, .registration, name)
        case .changeStarted(let wanted): (keys, purpose) = (wanted.wanted.keys, .change)
        case .confirmed, .changed, .changeRejected, .unregistered: return
        }
        let first = KeyClaim(
            customerID: customerID, keys: keys,
            ground: .event(version: message.body.version, purpose: purpose, reservation: reservation))
        var next = first?.next
        var cause = "\(message.body.id)/claim"
        while let claim = next {
            let id = "\(message.body.id)/claim/\(claim.at)"
            var metadata = message.metadata.causing(id: id, source: Source.projection, time: step.now)
            (metadata.causationID, metadata.causationSource) = (cause, Source.projection)
            step.emit(Message(metadata, KeyWish.claim(claim)), key: claim.key.bytes, to: .uniqueClaims)
            (next, cause) = (claim.next, id)
        }
    }
}

/// Takes the declaration the other way round for every other customer.
final class OwnOrder: WrappedCore {
    static let cores = CoreFactory { group, declaration, advice in
        let core = CoreFactory.services.make(group, declaration, advice)
        if group != .commandService { return core }
        return OwnOrder(core, other: CoreFactory.services.make(group, reversed(declaration), advice))
    }

    private let other: any ServiceCore

    private init(_ core: any ServiceCore, other: any ServiceCore) {
        self.other = other
        super.init(core)
    }

    private static func reversed(_ declaration: Declaration) -> Declaration {
        Declaration(attributes: declaration.attributes.reversed(), partitions: declaration.partitions)
    }

    override func adopt(_ declaration: Declaration) {
        super.adopt(declaration)
        other.adopt(Self.reversed(declaration))
    }

    override func handle(_ record: LogRecord, from topic: Topic, customerID: String, in step: Step)
        throws(StateStoreError)
    {
        let isOther = customerID.utf8.reduce(0, &+) % 2 == 1
        try (isOther ? other : core).handle(record, from: topic, customerID: customerID, in: step)
    }
}
