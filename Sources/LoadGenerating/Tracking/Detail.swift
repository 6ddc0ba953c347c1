/// What lies behind a measurement, as the report has it beside the contract's fields.
public struct Detail: Hashable, Sendable, Codable {
    /// How many durations were measured.
    public struct Samples: Hashable, Sendable, Codable {
        public var outcome: Int
        public var settled: Int
        public var inconsistencyWindow: Int

        public init(outcome: Int, settled: Int, inconsistencyWindow: Int) {
            self.outcome = outcome
            self.settled = settled
            self.inconsistencyWindow = inconsistencyWindow
        }
    }

    /// Whole distributions; empty where nothing was measured.
    public struct Curves: Hashable, Sendable, Codable {
        public var outcome: [CurvePoint]
        public var settled: [CurvePoint]
        public var inconsistencyWindow: [CurvePoint]

        public init(outcome: [CurvePoint], settled: [CurvePoint], inconsistencyWindow: [CurvePoint]) {
            self.outcome = outcome
            self.settled = settled
            self.inconsistencyWindow = inconsistencyWindow
        }
    }

    public var samples: Samples
    public var curves: Curves
    /// Values with two customers, over time.
    public var conflicts: ConflictSeries
    /// Rejections, by the contract's code.
    public var rejectionsByCode: [String: Int]

    public init(samples: Samples, curves: Curves, conflicts: ConflictSeries, rejectionsByCode: [String: Int]) {
        self.samples = samples
        self.curves = curves
        self.conflicts = conflicts
        self.rejectionsByCode = rejectionsByCode
    }
}
