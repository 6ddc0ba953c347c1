public import EventLog
public import Messages

/// The first of two passes that find the conflicts: who was told that a value is someone else's. It keeps the losers
/// alone, so that millions of customers without a conflict need no memory.
///
/// A registration that met an earlier one in its own stream (`already-registered`) is a conflict where the customer's id
/// is made of the first value; whether it is, the second pass finds out.
public struct ConflictVerdicts: Sendable {
    /// The topics to be read for this pass.
    public static let topics: [Topic] = [.uniqueVerdicts, .commandOutcomes]

    struct Loss: Sendable {
        var strategy: Conflict.Strategy
        var time: Timestamp
        var partition: Int32
        var offset: Int64
        var loser: String
        var holder: String?
        var tag: KeyTag
        var key: Fingerprint
        /// Of the loser's event that the verdict answers; 0 where there is none.
        var version: Int64 = 0
        /// Of the process's name, where the values were to be reserved.
        var process: Fingerprint?
    }

    /// A registration that was refused because there is one; a conflict if the customer's id is made of its first value.
    struct Candidate: Sendable {
        var time: Timestamp
        var partition: Int32
        var offset: Int64
        var customer: String
        var command: CommandIdentity
        /// Of the contract's K.
        var key: Fingerprint
    }

    let names: DeploymentNames
    let display: ValueDisplay
    let limit: Int?
    private let since: Timestamp?
    private(set) var losses: [Loss] = []
    private(set) var candidates: [Candidate] = []
    private var seen: Set<Fingerprint> = []

    /// - Parameters:
    ///   - since: verdicts before that are left out.
    ///   - limit: only so many of the newest conflicts are wanted; nil for all.
    public init(names: DeploymentNames, since: Timestamp?, limit: Int?, display: ValueDisplay) {
        self.names = names
        self.since = since
        self.limit = limit
        self.display = display
    }

    /// Takes a record of `topics`; those of a partition in their order.
    public mutating func take(_ record: LogRecord) {
        switch names.topic(record.topic) {
        case .uniqueVerdicts: takeAnswer(record)
        case .commandOutcomes: takeOutcome(record)
        default: break
        }
    }

    private mutating func takeAnswer(_ record: LogRecord) {
        guard let message = try? Message<KeyAnswer>(decoding: record.value),
            case .verdict(let verdict) = message.body, let loss = verdict.loss,
            let key = verdict.keys.first(where: { $0.attribute == loss.attribute })
        else { return }
        let strategy: Conflict.Strategy =
            switch verdict.ground {
            case .event(_, .registration, _): .compensate
            case .event(_, .change, _): .change
            case .reservation: .reserve
            }
        // Who asks twice for what it has itself loses to nobody.
        if let holder = loss.heldBy, holder.isExactly(verdict.customerID) { return }
        guard isWanted(message.metadata), isNew(message.metadata, record) else { return }
        losses.append(
            Loss(
                strategy: strategy, time: message.metadata.time, partition: record.partition, offset: record.offset,
                loser: verdict.customerID, holder: loss.heldBy, tag: KeyTag(key, display), key: Fingerprint(key.bytes),
                version: verdict.ground.version ?? 0, process: verdict.ground.reservation.map { Fingerprint($0) }))
        if let limit, losses.count > max(2 * limit, 1_000) { losses = Self.newest(losses, limit) }
    }

    /// Only the first outcome of a command counts: its repeats tell nothing new.
    private mutating func takeOutcome(_ record: LogRecord) {
        guard let key = record.key, NameID.isVersion5(key),
            let message = try? Message<Outcome>(decoding: record.value),
            case .rejected(.alreadyRegistered, _) = message.body.result, !message.body.isDuplicate,
            isWanted(message.metadata), isNew(message.metadata, record)
        else { return }
        let body = message.body
        candidates.append(
            Candidate(
                time: message.metadata.time, partition: record.partition, offset: record.offset,
                customer: body.customerID, command: CommandIdentity(id: body.commandID, source: body.commandSource),
                key: Fingerprint(String(message.metadata.id.prefix { $0 != "/" }))))
    }

    private func isWanted(_ metadata: Metadata) -> Bool { since.map { metadata.time >= $0 } ?? true }

    /// The first record with an id counts.
    private mutating func isNew(_ metadata: Metadata, _ record: LogRecord) -> Bool {
        seen.insert(Fingerprint(record.topic, metadata.source, metadata.id)).inserted
    }

    static func newest(_ losses: [Loss], _ limit: Int) -> [Loss] {
        Array(losses.sorted(by: isBefore).suffix(limit))
    }

    private static func isBefore(_ left: Loss, _ right: Loss) -> Bool {
        (left.time, left.partition, left.offset) < (right.time, right.partition, right.offset)
    }
}

extension NameID {
    /// Whether a key can be a derived customer id: a UUID of version 5.
    static func isVersion5(_ key: [UInt8]) -> Bool {
        key.count == 36 && key[14] == UInt8(ascii: "5") && NameID(String(decoding: key, as: UTF8.self)) != nil
    }
}
