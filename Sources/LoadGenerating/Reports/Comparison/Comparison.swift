/// Several runs side by side: the same registrations through different strategies.
public struct Comparison: Hashable, Sendable {
    public static let usualTitle = "One value, one customer: what each strategy costs"

    /// Runs of one strategy each, in the order given.
    public let single: [ComparedRun]
    /// Runs in which each value went through one of the strategies.
    public let mixed: [ComparedRun]

    public init(_ runs: [ComparedRun]) {
        single = runs.filter { $0.strategy != .mixed }
        mixed = runs.filter { $0.strategy == .mixed }
    }

    /// What stands in a column: a run of one strategy, or one strategy's part of a mixed run.
    struct Column: Hashable, Sendable {
        var label: String
        var strategy: StrategyChoice
        var measurement: Measurement
        var detail: Detail
        var cost: Cost?
    }

    /// The columns of the runs with one strategy.
    var columns: [Column] {
        single.map {
            Column(
                label: $0.label, strategy: $0.strategy, measurement: $0.measurement, detail: $0.detail, cost: $0.cost)
        }
    }

    /// The columns of a mixed run. What it cost can't be told apart by strategies.
    static func columns(ofMixed run: ComparedRun) -> [Column] {
        RegistrationStrategy.allCases.compactMap { strategy in
            guard let part = run.parts[strategy], let choice = StrategyChoice(rawValue: strategy.rawValue) else {
                return nil
            }
            return Column(
                label: strategy.rawValue, strategy: choice, measurement: part.measurement, detail: part.detail,
                cost: nil)
        }
    }

    /// Whether all runs registered the same: else the columns are no comparison.
    var isFair: Bool {
        let all = single + mixed
        guard let first = all.first else { return true }
        return all.allSatisfy {
            $0.seed == first.seed && $0.measurement.commands == first.measurement.commands
                && $0.measurement.distinctDocuments == first.measurement.distinctDocuments
                && $0.ratePerSecond == first.ratePerSecond && $0.resendRatio == first.resendRatio
        }
    }

    /// Runs that did not come out as they must.
    var failures: [String] { (single + mixed).filter { !$0.isAsExpected }.map(\.label) }
}
