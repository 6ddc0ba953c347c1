internal import EventLog
internal import Messages

/// When a take-over was last told of, and how far it was then.
struct TakeOverReport {
    /// How often.
    private static let interval = Duration.seconds(10)

    private var due: Timestamp
    private var last: (time: Timestamp, done: Int64)?
    /// Since when the position has not moved.
    private var stuck: (position: Int64, place: TopicPartition, since: Timestamp)?
    private var failureDue: Timestamp?

    init(began: Timestamp) { due = began.advanced(by: Self.interval) }

    /// - Returns: what is to be told, if it is time.
    mutating func next(_ catchUp: CatchUp, _ now: Timestamp) -> Text? {
        guard let (fold, position) = catchUp.pending else { return nil }
        if stuck?.position != position || stuck?.place != fold.place { stuck = (position, fold.place, now) }
        guard now >= due else { return nil }
        due = now.advanced(by: Self.interval)
        defer { last = (now, catchUp.done) }
        var details = [
            "partitions": catchUp.plans.map { String($0.partition) }.joined(separator: ","),
            "place": fold.place.description, "offset": String(position), "end": String(fold.end),
            "left": String(catchUp.left), "percent": String(catchUp.done * 100 / max(1, catchUp.done + catchUp.left)),
        ]
        if let last, now > last.time {
            let seconds = max(1, (now.microseconds - last.time.microseconds) / 1_000_000)
            details["per_second"] = String((catchUp.done - last.done) / seconds)
        }
        guard let stuck, stuck.since.advanced(by: Self.interval) <= now else {
            return Text(.info, "catching up", details)
        }
        details["waiting_seconds"] = String((now.microseconds - stuck.since.microseconds) / 1_000_000)
        details["remedy"] =
            "kafka-transactions.sh --bootstrap-server BROKER describe-producers --topic \(fold.place.topic)"
            + " --partition \(fold.place.partition) names the producer; one that is gone is ended by the broker after"
            + " its transaction.timeout.ms, or by `abort`"
        return Text(
            .warning, "catching up waits: a transaction that nobody has ended lies ahead, or its leader is away",
            details)
    }

    /// Whether a failure is to be told: the first one is, and then one every ten seconds.
    mutating func tellsFailure(_ now: Timestamp) -> Bool {
        if let failureDue, now < failureDue { return false }
        failureDue = now.advanced(by: Self.interval)
        return true
    }

    struct Text {
        let level: ProcessingNoteLevel
        let message: String
        let details: [String: String]

        init(_ level: ProcessingNoteLevel, _ message: String, _ details: [String: String]) {
            self.level = level
            self.message = message
            self.details = details
        }
    }
}

extension WorkerMachine {
    func reportCatchUp(_ catchUp: CatchUp) {
        guard let text = takeOver.report.next(catchUp, world.now()) else { return }
        world.observer.note(text.level, text.message, text.details)
    }

    func noteTakeOverFailure(_ error: LogError) {
        trouble = error.description
        guard takeOver.report.tellsFailure(world.now()) else { return }
        world.observer.note(
            .warning, "taking over partitions failed; trying on",
            [
                "error": error.description,
                "partitions": takeOver.partitions.map { String($0) }.joined(separator: ","),
                "remedy": "where committed offsets are not answered, a transaction that nobody has ended may hold them:"
                    + " kafka-transactions.sh --bootstrap-server BROKER list",
            ])
    }
}
