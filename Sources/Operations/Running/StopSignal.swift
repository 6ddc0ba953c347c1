import Foundation
import Synchronization

/// Says once, to any number of threads, that it is time to stop.
public final class StopSignal: Sendable {
    private let flag = Atomic<Bool>(false)
    private let condition = NSCondition()
    private let cause = Mutex<ProgramFailure?>(nil)

    public init() {}

    /// Whether it is time. One atomic load: fit for the innermost loop.
    public var isSet: Bool { flag.load(ordering: .acquiring) }

    /// What failed first; nil when nothing has. Told before whoever failed has put its things away, which may take long.
    public var failure: ProgramFailure? { cause.withLock { $0 } }

    /// Says that it is time because something can't go on. The first failure counts, whatever comes before or after it.
    public func fail(_ failure: ProgramFailure) {
        cause.withLock { $0 = $0 ?? failure }
        set()
    }

    /// Harmless when repeated.
    public func set() {
        condition.lock()
        flag.store(true, ordering: .releasing)
        condition.broadcast()
        condition.unlock()
    }

    /// Sleeps until it is time, but no longer than this. Blocks the thread: for threads of one's own only.
    /// - Returns: whether it is time.
    @discardableResult
    public func wait(upTo timeout: Duration) -> Bool {
        let seconds = Double(timeout.components.seconds) + Double(timeout.components.attoseconds) / 1e18
        let deadline = Date(timeIntervalSinceNow: seconds)
        condition.lock()
        defer { condition.unlock() }
        while !isSet {
            if !condition.wait(until: deadline) { break }
        }
        return isSet
    }

    /// Sleeps until it is time. Blocks the thread: for threads of one's own only.
    public func wait() {
        condition.lock()
        defer { condition.unlock() }
        while !isSet { condition.wait() }
    }
}
