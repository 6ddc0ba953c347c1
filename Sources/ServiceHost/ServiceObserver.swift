internal import Logging
internal import Messages
internal import Metrics
internal import Processing

/// Turns what a worker tells into log lines and metrics. Confined to the worker's thread.
final class ServiceObserver: ProcessingObserver {
    private struct Label: Hashable {
        var event: ProcessingCount
        var topic: Topic
    }
    private let group: ConsumerGroup
    private let logger: Logger
    private let board: ReadinessBoard
    private let tellRevision: (Int64) -> Void
    private var counters: [Label: Counter] = [:]
    private let times: [BatchPhase: Timer]
    private let batchRecords: Counter
    private let outputs: Counter
    private let assigned: Gauge
    private var wasReady = false

    /// - Parameter tellRevision: told which revision of the declaration is decided by from now on.
    init(
        group: ConsumerGroup, logger: Logger, board: ReadinessBoard, tellRevision: @escaping (Int64) -> Void = { _ in }
    ) {
        self.tellRevision = tellRevision
        self.group = group
        var logger = logger
        logger[metadataKey: "group"] = "\(group.rawValue)"
        self.logger = logger
        self.board = board
        let dimensions = [("group", group.rawValue)]
        times = Dictionary(
            uniqueKeysWithValues: BatchPhase.allCases.map { phase in
                (phase, Timer(label: "soleholder_batch_seconds", dimensions: dimensions + [("phase", phase.rawValue)]))
            })
        batchRecords = Counter(label: "soleholder_batch_records_total", dimensions: dimensions)
        outputs = Counter(label: "soleholder_outputs_total", dimensions: dimensions)
        assigned = Gauge(label: "soleholder_assigned_partitions", dimensions: dimensions)
        assigned.record(0)
    }

    func count(_ event: ProcessingCount, topic: Topic, by amount: Int) {
        let label = Label(event: event, topic: topic)
        let counter: Counter
        if let known = counters[label] {
            counter = known
        } else {
            counter = Counter(
                label: "soleholder_records_total",
                dimensions: [("group", group.rawValue), ("topic", topic.rawValue), ("event", event.rawValue)])
            counters[label] = counter
        }
        counter.increment(by: amount)
    }

    func took(_ phase: BatchPhase, seconds: Double) {
        times[phase]?.recordNanoseconds(Int64(seconds * 1_000_000_000))
    }

    func batch(records: Int, outputs: Int) {
        batchRecords.increment(by: records)
        self.outputs.increment(by: outputs)
    }

    func note(_ level: ProcessingNoteLevel, _ message: String, _ details: [String: String]) {
        let level: Logger.Level =
            switch level {
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        logger.log(level: level, "\(message)", metadata: details.mapValues { "\($0)" })
    }

    func standing(_ standing: WorkerStanding) {
        assigned.record(standing.owned.count)
        board.set(group, standing)
        let isReady = standing.obstacle == nil
        guard isReady != wasReady else { return }
        wasReady = isReady
        logger.info(
            isReady ? "ready" : "not ready",
            metadata: ["partitions": "\(standing.owned.count)", "reason": "\(standing.obstacle ?? "none")"])
    }

    func proving() { board.proving(group, at: .now) }
    func adopted(revision: Int64) { tellRevision(revision) }
    func proved() { board.proved(group, at: .now) }
}
