/// When commands have to be sent again because some were reported as not written.
///
/// The report does not tell whether a command was written after all, and need not: under the same id it is the same
/// command. So everything that has no outcome is sent again, with pauses that grow while it goes on failing.
public struct ResendQueue: Sendable {
    static let shortestPause: Int64 = 500_000
    static let longestPause: Int64 = 10_000_000

    /// Records that were reported as not written, over the run.
    public private(set) var failedCount = 0
    /// Commands that were therefore sent again.
    public private(set) var sentCount = 0
    private var dueAt: Int64?
    private var pause = Self.shortestPause
    /// In reverse order.
    private var waiting: [Int] = []

    public init() {}

    /// So many records were reported as not written; zero is no news. Times are microseconds.
    public mutating func failed(_ count: Int, at time: Int64) {
        guard count > 0 else { return }
        failedCount += count
        guard dueAt == nil else { return }
        dueAt = time + pause
        pause = min(pause * 2, Self.longestPause)
    }

    /// Whether it is time to send again. The pause is over then, and `refill` is to be called.
    public mutating func isDue(at time: Int64) -> Bool {
        guard let dueAt, time >= dueAt else { return false }
        self.dueAt = nil
        return true
    }

    /// Takes the commands that were sent and have no outcome.
    public mutating func refill(_ unanswered: [Int]) { waiting = unanswered.reversed() }

    /// The next command to send again; nil if there is none.
    public mutating func next() -> Int? {
        guard let index = waiting.popLast() else { return nil }
        sentCount += 1
        return index
    }
}
