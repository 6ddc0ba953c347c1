/// How a run was made, and what happened beside the registrations themselves.
public struct RunFacts: Hashable, Sendable {
    public var strategy: StrategyChoice
    /// What a comparison calls the run.
    public var label: String
    /// Commands a second as asked for; nil for flat out.
    public var ratePerSecond: Double?
    public var resendRatio: Double
    /// Records that were reported as not written.
    public var notWritten: Int
    /// Commands that were therefore sent again.
    public var sentAgain: Int
    public var cost: Cost?

    public init(
        strategy: StrategyChoice, label: String? = nil, ratePerSecond: Double? = nil, resendRatio: Double = 0,
        notWritten: Int = 0, sentAgain: Int = 0, cost: Cost? = nil
    ) {
        self.strategy = strategy
        self.label = label ?? strategy.rawValue
        self.ratePerSecond = ratePerSecond
        self.resendRatio = resendRatio
        self.notWritten = notWritten
        self.sentAgain = sentAgain
        self.cost = cost
    }
}
