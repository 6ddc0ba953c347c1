/// What an operator can set about consumer groups. Times in milliseconds.
public struct GroupCoordinatorConfiguration: Hashable, Sendable {
    /// `group.min.session.timeout.ms` (default 1, lower than Kafka's 6000: tests want fast failure detection).
    public var minimumSessionTimeout: Int32
    /// `group.max.session.timeout.ms` (default 1,800,000): longer ones are refused.
    public var maximumSessionTimeout: Int32
    /// `group.initial.rebalance.delay.ms` (default 0): how long the first rebalance of an empty group waits for more
    /// members.
    public var initialRebalanceDelay: Int32
    /// `group.max.size` (default no limit): members of one group.
    public var maximumGroupSize: Int
    /// `offset.metadata.max.bytes` (default 4096): text that may be committed with an offset.
    public var maximumOffsetMetadata: Int
    /// `offsets.retention.minutes` (default 7 days): how long the offsets of a group without members are kept.
    public var offsetRetention: Int64
    /// How long a coordinator reads after a fail-over and a restart, before it answers (default 0).
    public var loadTime: Int64

    public init(
        minimumSessionTimeout: Int32 = 1, maximumSessionTimeout: Int32 = 1_800_000, initialRebalanceDelay: Int32 = 0,
        maximumGroupSize: Int = .max, maximumOffsetMetadata: Int = 4096, offsetRetention: Int64 = 604_800_000,
        loadTime: Int64 = 0
    ) {
        self.minimumSessionTimeout = minimumSessionTimeout
        self.maximumSessionTimeout = maximumSessionTimeout
        self.initialRebalanceDelay = initialRebalanceDelay
        self.maximumGroupSize = maximumGroupSize
        self.maximumOffsetMetadata = maximumOffsetMetadata
        self.offsetRetention = offsetRetention
        self.loadTime = loadTime
    }
}
