import Dispatch
import Synchronization

/// librdkafka's end of a client waits without a bound for what may never come: 50 s and more for a member of a group
/// whose topic was deleted. So each client ends on a thread of its own, and one that takes too long is left to it.
public enum AbandonedClients {
    private static let running = Atomic<Int>(0)

    /// How many there are. A program that has any ends by `_exit`: their threads still run, and what `exit` tears down
    /// they may use.
    public static var count: Int { running.load(ordering: .acquiring) }

    /// How long a client's end is waited for.
    static let patience = Duration.seconds(2)

    /// - Returns: whether it has ended in time.
    static func await(_ end: @escaping @Sendable () -> Void) -> Bool {
        let hasEnded = DispatchSemaphore(value: 0)
        running.add(1, ordering: .acquiringAndReleasing)
        // A queue of its own gets a thread of its own.
        DispatchQueue(label: "kafka-close").async {
            end()
            running.subtract(1, ordering: .acquiringAndReleasing)
            hasEnded.signal()
        }
        return hasEnded.wait(timeout: .now() + .milliseconds(Int(patience.milliseconds))) == .success
    }
}
