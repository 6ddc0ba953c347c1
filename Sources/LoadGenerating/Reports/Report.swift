import Foundation

/// The report of a run: the contract's fields, and what they should have been.
public struct Report: Hashable, Sendable {
    /// The whole run.
    public var measurement: Measurement
    /// The same for each answer that was used, by its name.
    public var strategies: [String: Measurement]
    public var expected: Expectations
    /// Whether the run came out as it must. Never true while something is unsettled.
    public var isAsExpected: Bool
    /// The plan's seed. JSON readers that keep numbers as doubles see it exactly up to 2^53.
    public var seed: UInt64
    /// What happened when; for the page only.
    public var timeline: Timeline
    /// For people only; the JSON has their number.
    public var unusableRows: [UnusableRow]
    /// Rejections by code; for people only.
    public var rejectionsByCode: [String: Int]
    /// Facts that contradict each other; for people only.
    public var contradictionCount: Int

    /// The report of a run in which all went through one answer.
    ///
    /// - Parameters:
    ///   - tracker: what was seen.
    ///   - strategy: the answer's name, such as `compensate`.
    ///   - endTime: when the run ended, in microseconds of its clock.
    public init(_ tracker: Tracker, strategy: String, endedAt endTime: Int64) {
        measurement = tracker.measurement(endedAt: endTime)
        strategies = [strategy: measurement]
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
    private enum CodingKeys: String, CodingKey {
        case strategies, expected, asExpected, seed
    }

    private enum ExpectedKeys: String, CodingKey {
        case confirmed, compensated, rejected
    }

    /// The measurement's own members stand beside the others.
    public func encode(to encoder: any Encoder) throws {
        try measurement.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(strategies, forKey: .strategies)
        try container.encode(isAsExpected, forKey: .asExpected)
        try container.encode(seed, forKey: .seed)
        var counts = container.nestedContainer(keyedBy: ExpectedKeys.self, forKey: .expected)
        try counts.encode(expected.confirmed, forKey: .confirmed)
        try counts.encode(expected.compensated, forKey: .compensated)
        try counts.encode(expected.rejected, forKey: .rejected)
    }
}
