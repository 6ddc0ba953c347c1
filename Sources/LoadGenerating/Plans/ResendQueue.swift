/// When commands have to be sent again because some were reported as not written.
///
/// The report does not tell whether a command was written after all, and need not: under the same id it is the same
/// command. So everything that has no outcome is sent again. But most of that was written, and only waits behind what broke
/// the broker: a generator that sends all of it again and again makes the outage longer. So it waits until answers come
/// again, and then until they have stopped coming for a while, which grows while it goes on failing. Where no answer comes
/// at all it tries at the longest pause.
public struct ResendQueue: Sendable {
    static let shortestPause: Int64 = 1_000_000
    static let longestPause: Int64 = 30_000_000

    /// Records that were reported as not written, over the run.
    public private(set) var failedCount = 0
    /// Commands that were therefore sent again.
    public private(set) var sentCount = 0
    /// When the first failure was reported of those that nothing was done about yet.
    private var failedAt: Int64?
    /// When an answer came last, since then.
    private var readAt: Int64?
    private var pause = Self.shortestPause
    /// In reverse order.
    private var waiting: [Int] = []

    public init() {}

    /// So many records were reported as not written; zero is no news. Times are microseconds.
    public mutating func failed(_ count: Int, at time: Int64) {
        guard count > 0 else { return }
        failedCount += count
        if failedAt == nil { failedAt = time }
    }

    /// Something was read of what the services answer.
    public mutating func read(at time: Int64) {
        if failedAt != nil { readAt = time }
    }

    /// Whether it is time to send again. The pause is over then, and `refill` is to be called.
    public mutating func isDue(at time: Int64) -> Bool {
        guard let failedAt else { return false }
        let isQuiet = readAt.map { time - $0 >= pause } ?? false
        guard isQuiet || time - failedAt >= Self.longestPause else { return false }
        self.failedAt = nil
        readAt = nil
        pause = min(pause * 2, Self.longestPause)
        return true
    }

    /// Takes the commands that were sent and have no outcome.
    public mutating func refill(_ unanswered: [Int]) { waiting = unanswered.reversed() }

    /// The next command to send again that is still unanswered; nil if there is none.
    public mutating func next(_ isUnanswered: (Int) -> Bool = { _ in true }) -> Int? {
        while let index = waiting.popLast() {
            if !isUnanswered(index) { continue }
            sentCount += 1
            return index
        }
        return nil
    }
}
