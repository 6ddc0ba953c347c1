internal import EventLog
internal import KafkaProtocol

/// Transactions of producers (KIP-98, with KIP-360, KIP-447 and part 1 of KIP-890), as Kafka's coordinator does it.
///
/// A value without I/O. Requests come with a token and the time (`now`, milliseconds since 1970) and yield effects, to
/// be done in order: a journal entry before an answer must be durable before that answer is sent. All requests are
/// answered in the same step.
///
/// What may never happen: that a transaction ends both ways, or that a producer with an older epoch changes anything.
/// The end is decided by one journal entry (PrepareCommit or PrepareAbort). The markers follow from it: a crash before
/// `markersWritten` is journaled has them written again by `recover`, which is harmless.
///
/// To recover: a new coordinator, `apply` for every entry of the journal, `recover`. While a coordinator loads
/// (`loadTime`), it answers `coordinatorLoadInProgress`.
public struct TransactionCoordinator: Sendable {
    public let configuration: TransactionCoordinatorConfiguration
    private(set) var records: [String: TransactionRecord] = [:]
    /// Producer ids from here on were never given out.
    private var freeProducerID: Int64 = 0
    private var nextProducerID: Int64 = 0
    private(set) var loading = LoadingShards()
    /// What clients have met of this.
    public internal(set) var encounters = BrokerEncounters()

    /// When `expire` is to be called at the latest, in milliseconds since 1970; nil when nothing is waiting for a time.
    /// It may be too early: the end of a transaction does not look for the new first deadline.
    public private(set) var nextDeadline: Int64?

    public init(configuration: TransactionCoordinatorConfiguration = TransactionCoordinatorConfiguration()) {
        self.configuration = configuration
    }

    // MARK: The journal

    /// Folds an entry of the journal, before `recover`.
    public mutating func apply(_ entry: TransactionJournalEntry) {
        switch entry {
        case .producerIDsReserved(let limit): freeProducerID = max(freeProducerID, limit)
        case .updated(let record): records[record.transactionalID] = record
        case .removed(let transactionalID): records[transactionalID] = nil
        }
    }

    /// A journal that says the same as all that was journaled so far.
    public func snapshot() -> [TransactionJournalEntry] {
        let reserved: [TransactionJournalEntry] =
            freeProducerID > 0 ? [.producerIDsReserved(below: freeProducerID)] : []
        return reserved + records.keys.sorted().compactMap { records[$0].map { .updated($0) } }
    }

    /// Ends recovery: transactions whose end was decided get their markers, perhaps for the second time. Open ones stay
    /// open; their time runs from their beginning, so that `expire` may be due at once.
    public mutating func recover(now: Int64) -> [TransactionEffect] {
        nextProducerID = freeProducerID
        return move(CoordinatorShard.all, now: now)
    }

    /// Another broker coordinates these shards from now on, and reads what was journaled of them.
    public mutating func move(_ shards: Set<Int>, now: Int64) -> [TransactionEffect] {
        if configuration.loadTime > 0 {
            loading.begin(shards, until: now.clampedSum(configuration.loadTime))
            scheduleAll()
            return []
        }
        loading.end(shards)
        scheduleAll()
        return markers(of: shards)
    }

    /// Nobody coordinates these shards until they are moved: no transaction of theirs times out.
    public mutating func suspend(_ shards: Set<Int>) { loading.begin(shards, until: LoadingShards.never) }

    private mutating func markers(of shards: Set<Int>) -> [TransactionEffect] {
        if shards.isEmpty { return [] }
        let ends = records.keys.sorted().filter { shards.contains(CoordinatorShard.of($0)) }
            .compactMap { records[$0].flatMap(markers) }
        encounters.endsTakenOver += ends.count
        return ends.map { .writeMarkers($0) }
    }

    // MARK: For the rules

    /// One call: its time, and what it has done so far.
    struct Step {
        let now: Int64
        var effects: [TransactionEffect] = []
        var markers: [TransactionMarkers] = []

        mutating func reply(_ token: RequestToken, _ reply: TransactionReply) {
            effects.append(.reply(token, reply))
        }

        /// Answers come after the journal, and before the markers.
        var outcome: [TransactionEffect] { effects + markers.map { .writeMarkers($0) } }
    }

    /// The only way in which a transactional id changes.
    mutating func update(_ record: TransactionRecord, _ step: inout Step) {
        let old = records[record.transactionalID]?.state ?? .empty
        assert(old.mayBecome(record.state), "\(record.transactionalID): \(old.name) can't become \(record.state.name)")
        var record = record
        record.updateTime = step.now
        journal(.updated(record), &step)
        if let deadline = deadline(of: record) { nextDeadline = min(nextDeadline ?? deadline, deadline) }
    }

    private mutating func journal(_ entry: TransactionJournalEntry, _ step: inout Step) {
        apply(entry)
        step.effects.append(.journal(entry))
    }

    /// Producer ids are reserved in blocks, so that not each one costs an entry; after a restart the rest of a block is
    /// not used.
    private static let producerIDBlock: Int64 = 1000

    mutating func makeProducerID(_ step: inout Step) -> Int64 {
        if nextProducerID >= freeProducerID {
            journal(.producerIDsReserved(below: nextProducerID &+ Self.producerIDBlock), &step)
        }
        defer { nextProducerID &+= 1 }
        return nextProducerID
    }

    /// The markers that a transaction waits for, if it does.
    func markers(of record: TransactionRecord) -> TransactionMarkers? {
        record.state.pendingResult.map { result in
            TransactionMarkers(
                transactionalID: record.transactionalID, producerID: record.producerID,
                producerEpoch: record.producerEpoch, coordinatorEpoch: 0, result: result,
                partitions: record.partitions, groups: record.groups)
        }
    }

    // MARK: Time

    private func deadline(of record: TransactionRecord) -> Int64? {
        if loading.contains(record.transactionalID) { return nil }
        switch record.state {
        case .ongoing: return scan(behind: record.startTime.clampedSum(Int64(record.timeout)))
        case .empty, .completeCommit, .completeAbort: return record.updateTime.clampedSum(configuration.idExpiration)
        case .prepareCommit, .prepareAbort: return nil
        }
    }

    /// When the scan for open transactions that take too long comes by for the first time at that time or behind it.
    private func scan(behind time: Int64) -> Int64 {
        let interval = max(1, configuration.abortInterval)
        let late = time % interval
        return late == 0 ? time : time.clampedSum(interval - late)
    }

    private mutating func scheduleAll() {
        nextDeadline = records.values.compactMap(deadline).min()
        if let due = loading.nextDeadline { nextDeadline = min(nextDeadline ?? due, due) }
    }

    /// Does what is due: takes up shards that are read by now; aborts transactions that are older than their timeout, with
    /// the epoch bumped, so that their producers are fenced; forgets ids that rested for long. Harmless when nothing is due.
    public mutating func expire(now: Int64) -> [TransactionEffect] {
        guard let nextDeadline, nextDeadline <= now else { return [] }
        var step = Step(now: now)
        step.effects += markers(of: loading.finish(now: now))
        for transactionalID in records.keys.sorted() {
            guard let record = records[transactionalID], let deadline = deadline(of: record), deadline <= now else {
                continue
            }
            if record.state == .ongoing {
                encounters.timedOutTransactions += 1
                fence(record, &step)
            } else {
                journal(.removed(transactionalID: transactionalID), &step)
            }
        }
        scheduleAll()
        return step.outcome
    }

    /// Aborts an open transaction in the name of a producer that nobody has: one epoch above the current one.
    mutating func fence(_ record: TransactionRecord, _ step: inout Step) {
        var record = record
        record.state = .prepareAbort
        // Nobody was ever given the highest epoch, so that there is room to fence. Who claims it all the same is the
        // only producer with it.
        if record.producerEpoch < .max { record.producerEpoch += 1 }
        record.lastProducerEpoch = -1
        update(record, &step)
        step.markers += markers(of: record).map { [$0] } ?? []
    }
}
