import Foundation

/// The report of a run: the contract's fields, what they should have been, and what lies behind them.
public struct Report: Hashable, Sendable {
    /// The version of the members that the report has beside the contract's. A reader refuses a later one.
    public static let version = 1

    /// The whole run.
    public var measurement: Measurement
    /// The same for each strategy that was used, by its name.
    public var strategies: [String: Measurement]
    /// Curves and conflicts for each strategy that was used; and for `mixed` as a whole.
    public var details: [String: Detail]
    public var facts: RunFacts
    public var expected: Expectations
    /// Whether the run came out as it must. Never true while something is unsettled.
    public var isAsExpected: Bool
    /// The plan's seed. JSON readers that keep numbers as doubles see it exactly up to 2^53.
    public var seed: UInt64
    /// What happened when; for the page only.
    public var timeline: Timeline
    /// For people only; the JSON has their number.
    public var unusableRows: [UnusableRow]
    /// Rejections by code.
    public var rejectionsByCode: [String: Int]
    /// Facts that contradict each other; for people only.
    public var contradictionCount: Int

    /// - Parameters:
    ///   - tracker: what was seen.
    ///   - facts: how the run was made.
    ///   - endTime: when the run ended, in microseconds of its clock.
    public init(_ tracker: Tracker, _ facts: RunFacts, endedAt endTime: Int64) {
        measurement = tracker.measurement(endedAt: endTime)
        strategies = [:]
        details = [facts.strategy.rawValue: tracker.detail(endedAt: endTime)]
        // A small mixed run may have no value for one of the strategies: it is there, with zeros.
        for strategy in facts.strategy.single.map({ [$0] }) ?? RegistrationStrategy.allCases {
            strategies[strategy.rawValue] = tracker.measurement(of: strategy, endedAt: endTime)
            details[strategy.rawValue] = tracker.detail(of: strategy, endedAt: endTime)
        }
        self.facts = facts
        expected = tracker.plan.expectations
        isAsExpected = tracker.isAsExpected
        seed = tracker.plan.seed
        timeline = tracker.timeline
        unusableRows = tracker.plan.unusableRows
        rejectionsByCode = tracker.rejectionsByCode
        contradictionCount = tracker.contradictionCount
    }

    /// The report as one JSON object, members in alphabetical order, with a line feed at its end.
    ///
    /// - Throws: ``ReportError`` if a figure is no finite number.
    public func json() throws(ReportError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
        } catch {
            throw ReportError(reason: String(describing: error))
        }
    }
}

/// Why a report can't be written as JSON.
public struct ReportError: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String
    public var description: String { "the report can't be encoded: \(reason)" }
}

extension Report: Encodable {
    enum CodingKeys: String, CodingKey {
        case version, strategy, label, ratePerSecond, resendRatio, notWritten, sentAgain, cost
        case strategies, details, expected, asExpected, seed
    }

    private enum ExpectedKeys: String, CodingKey {
        case confirmed, compensated, rejected, exact
    }

    /// The measurement's own members stand beside the others.
    public func encode(to encoder: any Encoder) throws {
        try measurement.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.version, forKey: .version)
        try container.encode(facts.strategy.rawValue, forKey: .strategy)
        try container.encode(facts.label, forKey: .label)
        try container.encodeIfPresent(facts.ratePerSecond, forKey: .ratePerSecond)
        try container.encode(facts.resendRatio, forKey: .resendRatio)
        try container.encode(facts.notWritten, forKey: .notWritten)
        try container.encode(facts.sentAgain, forKey: .sentAgain)
        try container.encodeIfPresent(facts.cost, forKey: .cost)
        try container.encode(strategies, forKey: .strategies)
        try container.encode(details, forKey: .details)
        try container.encode(isAsExpected, forKey: .asExpected)
        try container.encode(seed, forKey: .seed)
        var counts = container.nestedContainer(keyedBy: ExpectedKeys.self, forKey: .expected)
        try counts.encode(expected.confirmed, forKey: .confirmed)
        try counts.encode(expected.compensated, forKey: .compensated)
        try counts.encode(expected.rejected, forKey: .rejected)
        try counts.encode(expected.isExact, forKey: .exact)
    }
}
