/// What somebody outside saw of registrations, with times in milliseconds on one clock. Times only rise.
public struct Observations: Sendable {
    /// A registration, as far as it was seen. Its parts may be seen in any order.
    public struct Registration: Hashable, Sendable {
        public var sent: Int?
        /// When its command's outcome was there.
        public var answered: Int?
        /// When its customer was confirmed or unregistered.
        public var settled: Int?
        /// The partition of its customer's id, and those of its unique keys.
        public var customerPartition: Int32 = -1
        public var keyPartitions: Set<Int32> = []
    }

    /// The two ends of a registration that are measured.
    public enum End: String, Hashable, Sendable { case outcome, settlement }

    private var registrations: [String: Registration] = [:]
    private var settlements: [Int] = []

    public init() {}

    public var settledCount: Int { settlements.count }

    public mutating func send(_ customer: String, at time: Int, customerPartition: Int32, keyPartitions: Set<Int32>) {
        guard registrations[customer]?.sent == nil else { return }
        registrations[customer, default: Registration()].sent = time
        registrations[customer]?.customerPartition = customerPartition
        registrations[customer]?.keyPartitions = keyPartitions
    }

    public mutating func answer(_ customer: String, at time: Int) {
        guard registrations[customer]?.answered == nil else { return }
        registrations[customer, default: Registration()].answered = time
    }

    public mutating func settle(_ customer: String, at time: Int) {
        guard registrations[customer]?.settled == nil else { return }
        registrations[customer, default: Registration()].settled = time
        settlements.append(time)
    }

    /// The longest time within a window in which no registration settled.
    public func longestSilence(from start: Int, to end: Int) -> Int {
        var last = start
        var longest = 0
        for time in settlements where time > start && time <= end {
            longest = max(longest, time - last)
            last = time
        }
        return max(longest, end - last)
    }

    /// The longest that a registration sent in a window took, or has taken until `now`; nil when none was sent.
    /// - Parameter isWanted: which registrations count.
    public func longest(
        _ end: End, sentFrom start: Int, to last: Int, now: Int, where isWanted: (Registration) -> Bool = { _ in true }
    ) -> Int? {
        var longest: Int?
        for registration in registrations.values {
            guard let sent = registration.sent, sent >= start, sent <= last, isWanted(registration) else { continue }
            let reached = end == .outcome ? registration.answered : registration.settled
            longest = max(longest ?? 0, (reached ?? now) - sent)
        }
        return longest
    }
}
