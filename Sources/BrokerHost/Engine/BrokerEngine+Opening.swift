public import BrokerCore
internal import EventLog
internal import KafkaProtocol
public import Logging
public import NIOCore

/// Where a broker keeps what it is told.
public enum BrokerStore: Hashable, Sendable {
    case memory
    /// A directory, which is made if it is missing.
    case directory(String, SyncPolicy)
}

extension BrokerEngine {
    /// Brings back what an earlier process left, and makes a broker of it. To be called on the loop, which it blocks.
    ///
    /// - Parameter configuration: its cluster id is replaced by the directory's own.
    /// - Throws: `StorageError`: `.locked`, `.newerFormat`, `.corrupt`, and what the operating system refuses.
    public static func open(
        _ store: BrokerStore, configuration: BrokerConfiguration, loop: any EventLoop, logger: Logger
    ) throws(StorageError) -> BrokerEngine {
        let now = BrokerClock().now
        switch store {
        case .memory:
            var configuration = configuration
            var random = SystemRandomNumberGenerator()
            configuration.clusterID = WireUUID(high: random.next(), low: random.next()).base64URL
            let engine = BrokerEngine(
                loop: loop, broker: Broker(configuration: configuration, now: now), storage: MemoryStorage(),
                journal: nil, directory: nil, policy: .never, logger: logger)
            engine.perform(engine.broker.start(now: now))
            return engine
        case .directory(let path, let policy):
            return try open(path, policy, configuration, now, loop, logger)
        }
    }

    private static func open(
        _ path: String, _ policy: SyncPolicy, _ configuration: BrokerConfiguration, _ now: Int64,
        _ loop: any EventLoop, _ logger: Logger
    ) throws(StorageError) -> BrokerEngine {
        let directory = try DataDirectory(path: path, policy: policy)
        var entries: [JournalEntry] = []
        let journal = try JournalFile(path: directory.journalPath, tolerance: directory.tolerance, logger: logger) {
            bytes throws(StorageError) in
            do { entries.append(try JournalEntry(decoding: bytes)) } catch {
                throw StorageError(.corrupt, "the entry can't be understood: \(error)")
            }
        }
        var configuration = configuration
        configuration.clusterID = journal.clusterID
        var broker = Broker(configuration: configuration, now: now)
        for entry in entries { broker.apply(entry) }
        let storage = try FileStorage(
            directory: directory.logsPath, policy: policy, tolerance: directory.tolerance, logger: logger)
        var batches = 0
        try storage.open(broker.logs) { batch, place, startsSegment in
            batches += 1
            return broker.restore(batch, in: place, startsSegment: startsSegment)
        }
        let engine = BrokerEngine(
            loop: loop, broker: broker, storage: storage, journal: journal, directory: directory, policy: policy,
            logger: logger)
        engine.perform(engine.broker.start(now: now))
        if let failure = engine.failure { throw failure }
        // What the last process did not sync counts as kept from here on.
        if policy != .never { try engine.syncNow() }
        if policy == .interval { engine.planBackgroundSync() }
        logger.info(
            "brought back",
            metadata: [
                "directory": "\(path)", "journalEntries": "\(entries.count)", "partitions": "\(broker.logs.count)",
                "batches": "\(batches)", "milliseconds": "\(BrokerClock().now - now)",
            ])
        return engine
    }

    /// The journal is rewritten when it is larger than this, and twice as large as it was when it was rewritten last.
    static let journalLimit = 16 << 20

    func rewriteJournalIfGrown() throws(StorageError) {
        guard let journal, journal.size > max(Self.journalLimit, 2 * journal.sizeAfterRewrite) else { return }
        // What the snapshot tells of producers counts the batches in: they must not be missing after a loss of power.
        if policy != .never { try storage.sync() }
        let before = journal.size
        try journal.rewrite(broker.snapshot().map { $0.encoded() })
        logger.debug("journal rewritten", metadata: ["before": "\(before)", "after": "\(journal.size)"])
    }
}
