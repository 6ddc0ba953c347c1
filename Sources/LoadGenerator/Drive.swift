import EventLog
import Foundation
import KafkaClient
import LoadGenerating
import Logging
import Messages

/// Sends a plan's commands by their schedule, and watches what comes of them. All on one thread.
struct Drive {
    private(set) var tracker: Tracker
    /// What was reported as not written.
    private(set) var resends = ResendQueue()
    private let plan: any RegistrationPlan
    private let options: LoadGeneratorCommand
    private let logger: Logger
    private let watcher: Watcher
    private var sender: Sender
    private let pace: Pace
    private let start: Int64
    private var sendings: SendSchedule.Iterator
    private var next: SendSchedule.Sending?
    private var sent = 0

    /// Most commands that are sent before the next look at what came back.
    private static let turn = 2_000

    init(
        _ plan: any RegistrationPlan, _ schedule: SendSchedule, options: LoadGeneratorCommand, watcher: Watcher,
        sender: Sender, logger: Logger
    ) {
        self.plan = plan
        self.options = options
        self.logger = logger
        self.watcher = watcher
        self.sender = sender
        tracker = Tracker(plan: plan)
        start = Clock.now()
        pace = Pace(start: start, rate: options.rate)
        sendings = schedule.makeIterator()
        next = sendings.next()
    }

    /// Goes on until everything is sent and settled, or the time is over.
    mutating func run() throws(LogError) {
        let deadline = start + Int64(min(options.timeout, 1e9) * 1_000_000)
        var bar = Bar()
        while !(next == nil && tracker.isSettled), Clock.now() < deadline {
            let isFull: Bool
            do throws(LogError) { isFull = try sendTurn() } catch {
                try recover(from: error)
                isFull = false
            }
            let failures = sender.takeFailures()
            if let first = failures.first {
                logger.warning(
                    "\(failures.count) commands were not written and will be sent again under their ids: \(first)")
                resends.failed(failures.count, at: Clock.now())
            }
            if try watcher.watch(&tracker, timeout: isFull ? .zero : .milliseconds(5)) {
                resends.read(at: Clock.now())
            }
            bar.show(tracker, of: plan.count, since: start)
        }
        bar.finish()
    }

    func close() { sender.close() }

    /// - Returns: whether there may be more to send at once.
    private mutating func sendTurn() throws(LogError) -> Bool {
        for _ in 0..<Self.turn {
            let now = Clock.now()
            if resends.isDue(at: now) { resends.refill(tracker.unanswered) }
            if let again = resends.next(tracker.isUnanswered) {
                try sender.send(plan.registration(at: again), time: now)
                continue
            }
            guard let sending = next, tracker.inFlightCount < options.maxInFlight else { return false }
            let intended = pace.intendedTime(ofSending: sent) ?? now
            if intended > now { return false }
            // Counted before it is handed over: what fails then has to be sent again like any other.
            if !sending.isRepeat { tracker.sent(sending.index, intendedAt: intended, at: now) }
            sent += 1
            next = sendings.next()
            try sender.send(plan.registration(at: sending.index), time: now)
        }
        return true
    }

    /// Goes on with a new producer after an error that another try may not meet.
    private mutating func recover(from error: LogError) throws(LogError) {
        switch error.code {
        case .configuration, .notAuthorized, .unknownTopic, .recordTooLarge: throw error
        case .fenced, .offsetOutOfRange, .other, .rejoin, .unavailable, .unreachable:
            logger.warning("a command could not be sent, goes on with a new producer: \(error)")
            try sender.replaceProducer()
            resends.failed(1, at: Clock.now())
        }
    }
}

enum Clock {
    /// Microseconds since 1970.
    static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) }
}
