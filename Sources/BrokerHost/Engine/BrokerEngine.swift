public import BrokerCore
internal import EventLog
public import KafkaProtocol
internal import Logging
internal import NIOCore
internal import NIOPosix

/// Runs a `Broker`: feeds it requests and the time, and does what it wants done, strictly in order.
///
/// Everything is confined to one event loop, the connections' too: a request is answered on the thread that read it, so
/// nothing waits for another thread to wake up, and nothing needs a lock. What takes long (compaction, syncs once a
/// second) runs on other threads and comes back.
///
/// What may never happen: that a client is told of something that is not written, or, with `SyncPolicy.always`, not on
/// the device. Replies are given out only behind that. With `always` the replies of one turn of the loop wait for one
/// sync together. A write that fails can't be taken back from the broker, which has counted it in: nothing is answered
/// any more then, and the process must end.
public final class BrokerEngine {
    /// What answers a request; nil when there is nothing to say. Called on the loop, at most once.
    public typealias Answer = (AnyResponse?) -> Void

    let loop: any EventLoop
    let logger: Logger
    let policy: SyncPolicy
    let clock = BrokerClock()
    let threads = NIOThreadPool(numberOfThreads: 2)
    var broker: Broker
    let storage: any LogStorage
    let journal: JournalFile?
    private let directory: DataDirectory?

    private var answers: [RequestToken: Answer] = [:]
    private var nextToken: Int64 = 1
    private var outbox: [(Answer, AnyResponse?)] = []
    private var isDelivering = false
    private var isSettlingPlanned = false
    private var alarm: (at: Int64, task: Scheduled<Void>)?
    var frozen: (work: [() -> Void], thaw: Scheduled<Void>)?
    var compactions: [(place: TopicPartition, task: CompactionTask)] = []
    var isCompacting = false
    var backgroundSync: EventLoopFuture<Void>?
    private(set) var failure: StorageError?
    /// Told once, on the loop, when the broker can't go on.
    public var onFailure: (StorageError) -> Void = { _ in }

    init(
        loop: any EventLoop, broker: Broker, storage: any LogStorage, journal: JournalFile?, directory: DataDirectory?,
        policy: SyncPolicy, logger: Logger
    ) {
        self.loop = loop
        self.broker = broker
        self.storage = storage
        self.journal = journal
        self.directory = directory
        self.policy = policy
        self.logger = logger
        threads.start()
    }

    /// Hands a request in.
    ///
    /// - Parameter answer: called once, now or later, unless `cancel` comes first or the broker ends.
    /// - Returns: what `cancel` takes.
    @discardableResult
    public func handle(
        _ request: AnyRequest, _ header: RequestHeader, from client: ClientInfo, answer: @escaping Answer
    ) -> RequestToken {
        let token = RequestToken(rawValue: nextToken)
        nextToken += 1
        whenThawed { [self] in
            guard failure == nil else { return }
            answers[token] = answer
            perform(broker.handle(request, header, from: client, token: token, now: clock.now))
        }
        return token
    }

    /// The client of a request is gone.
    public func cancel(_ token: RequestToken) {
        guard answers.removeValue(forKey: token) != nil else { return }
        broker.disconnected(token, now: clock.now)
    }

    /// Makes a topic unless there is one of that name.
    public func createTopic(
        named name: String, partitions: Int32, copies: Int32? = nil, configs: [String: String]
    ) throws(TopicRefusal) {
        perform(
            try broker.createTopic(
                named: name, partitions: partitions, copies: copies, configs: configs, now: clock.now))
    }

    /// Does what the broker wants done, and lets the answers out as soon as they may go.
    func perform(_ actions: [BrokerAction]) {
        guard failure == nil else { return }
        do throws(StorageError) {
            for action in actions { try perform(action) }
            try journal?.flush()
            try rewriteJournalIfGrown()
        } catch { return fail(error) }
        setAlarm()
        switch policy {
        case .interval, .never: deliver()
        case .always: planSettling()
        }
    }

    private func perform(_ action: BrokerAction) throws(StorageError) {
        switch action {
        case .journal(let entry):
            if policy == .always, storage.isUnsynced { try storage.sync() }
            journal?.append(entry.encoded())
        case .createLog(let place):
            try writeJournalFirst(.asPolicySays)
            try storage.createLog(place)
        case .append(let place, let batch):
            try writeJournalFirst(.asPolicySays)
            try storage.append(batch, to: place)
        case .deleteLog(let place):
            try writeJournalFirst(.synced)
            try storage.deleteLog(place)
        case .deleteBatches(let place, let offset):
            // What is deleted stays deleted; that it was must not be forgotten.
            try writeJournalFirst(.synced)
            try storage.deleteBatches(place, below: offset)
        case .compact(let place, let task): planCompaction(of: place, task)
        case .reply(let reply):
            let response = try filled(reply)
            if let answer = answers.removeValue(forKey: reply.token) { outbox.append((answer, response)) }
        }
    }

    private enum Barrier {
        case asPolicySays
        case synced
    }

    /// Keeps the order of actions across files: what was journaled is written before what follows is.
    private func writeJournalFirst(_ barrier: Barrier) throws(StorageError) {
        guard let journal else { return }
        try journal.flush()
        switch (policy, barrier) {
        case (.always, _), (.interval, .synced): try journal.sync()
        case (.interval, .asPolicySays), (.never, _): break
        }
    }

    private func planSettling() {
        guard !isSettlingPlanned, !outbox.isEmpty || storage.isUnsynced || journal?.isUnsynced == true else { return }
        isSettlingPlanned = true
        // Behind whatever else this turn of the loop reads: one sync for all of it.
        loop.assumeIsolated().execute { [self] in settle() }
    }

    /// Syncs as the policy says and lets out the answers that wait for it.
    func settle() {
        isSettlingPlanned = false
        guard failure == nil else { return }
        if policy == .always {
            do throws(StorageError) { try syncNow() } catch { return fail(error) }
        }
        deliver()
    }

    func syncNow() throws(StorageError) {
        try journal?.flush()
        try journal?.sync()
        try storage.sync()
    }

    /// Lets the answers out. Whoever gets one may hand in the next request at once.
    private func deliver() {
        guard !isDelivering else { return }
        isDelivering = true
        defer { isDelivering = false }
        while !outbox.isEmpty {
            let answers = outbox
            outbox.removeAll(keepingCapacity: true)
            for (answer, response) in answers { answer(response) }
            // With `always`, what came in meanwhile waits for its own sync.
            if policy == .always { return }
        }
    }

    /// Wakes the broker up when it wants to be.
    private func setAlarm() {
        guard let deadline = broker.nextDeadline else { return }
        if let alarm {
            // One that rings too early finds nothing to do and is set anew: cheaper than to move it at each request.
            if alarm.at <= deadline { return }
            alarm.task.cancel()
        }
        let delay = max(1, deadline &- clock.now)
        let task = loop.assumeIsolated().scheduleTask(in: .milliseconds(min(delay, 3_600_000))) { [self] in
            alarm = nil
            whenThawed { [self] in perform(broker.expire(now: clock.now)) }
        }
        alarm = (deadline, task)
    }

    /// A write has failed, or what was written can't be read: the end.
    func fail(_ error: StorageError) {
        guard failure == nil else { return }
        failure = error
        outbox.removeAll()
        answers.removeAll()
        logger.critical("the broker can't go on", metadata: ["reason": "\(error)"])
        onFailure(error)
    }

    /// Ends it: everything is written and, unless the policy is `never`, on the device afterwards. Answers that are
    /// still open are never given.
    public func close() {
        alarm?.task.cancel()
        frozen?.thaw.cancel()
        answers.removeAll()
        outbox.removeAll()
        let failed = failure != nil
        failure = failure ?? StorageError(.io, "the broker was closed")
        var isClean = false
        if !failed, policy != .never {
            do throws(StorageError) {
                try syncNow()
                isClean = true
            } catch { logger.error("the last sync failed", metadata: ["reason": "\(error)"]) }
        }
        directory?.release(isClean: isClean)
    }
}
