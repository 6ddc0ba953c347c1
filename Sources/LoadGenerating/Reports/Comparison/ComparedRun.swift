public import Foundation

/// A run as its report in JSON tells it.
public struct ComparedRun: Hashable, Sendable {
    /// What the run is called.
    public var label: String
    public var strategy: StrategyChoice
    public var seed: UInt64
    public var ratePerSecond: Double?
    public var resendRatio: Double
    public var isAsExpected: Bool
    /// Of the whole run.
    public var measurement: Measurement
    public var detail: Detail
    public var cost: Cost?
    /// for each strategy that was used.
    public var parts: [RegistrationStrategy: Part]

    /// The registrations of a run that went through one strategy.
    public struct Part: Hashable, Sendable {
        public var measurement: Measurement
        public var detail: Detail
    }

    /// Reads a report.
    ///
    /// - Throws: ``ComparisonError`` if it is none, or one of a later version.
    public init(json: Data) throws(ComparisonError) {
        let decoder = JSONDecoder()
        guard let version = try? decoder.decode(Version.self, from: json).version else { throw .notAReport }
        guard version == Report.version else { throw .otherVersion(version) }
        do { self = try decoder.decode(ComparedRun.self, from: json) } catch {
            throw .broken(Self.reason(error))
        }
    }

    private struct Version: Decodable { var version: Int }

    /// Where it is broken, without what it holds.
    private static func reason(_ error: any Error) -> String {
        let context: DecodingError.Context
        switch error as? DecodingError {
        case .keyNotFound(let key, let where_)?: return Self.path(where_, key)
        case .typeMismatch(_, let found)?, .valueNotFound(_, let found)?, .dataCorrupted(let found)?: context = found
        case nil: return "unreadable"
        @unknown default: return "unreadable"
        }
        return "\(Self.path(context)): \(context.debugDescription)"
    }

    private static func path(_ context: DecodingError.Context, _ missing: (any CodingKey)? = nil) -> String {
        let path = (context.codingPath + (missing.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
        return missing == nil ? path : "\(path) is missing"
    }
}

/// Why a file can't be compared.
public enum ComparisonError: Error, Hashable, Sendable, CustomStringConvertible {
    case notAReport
    case otherVersion(Int)
    case broken(String)

    public var description: String {
        switch self {
        case .notAReport: "it is no report of load-generator, or one of a version that had no comparison"
        case .otherVersion(let version): "its version is \(version), this program reads version \(Report.version)"
        case .broken(let reason): "it is no whole report: \(reason)"
        }
    }
}

extension ComparedRun: Decodable {
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Report.CodingKeys.self)
        let name = try values.decode(String.self, forKey: .strategy)
        guard let strategy = StrategyChoice(rawValue: name) else {
            throw DecodingError.dataCorruptedError(
                forKey: .strategy, in: values, debugDescription: "there is no such strategy")
        }
        self.strategy = strategy
        label = try values.decode(String.self, forKey: .label)
        seed = try values.decode(UInt64.self, forKey: .seed)
        ratePerSecond = try values.decodeIfPresent(Double.self, forKey: .ratePerSecond)
        resendRatio = try values.decode(Double.self, forKey: .resendRatio)
        isAsExpected = try values.decode(Bool.self, forKey: .asExpected)
        cost = try values.decodeIfPresent(Cost.self, forKey: .cost)
        measurement = try Measurement(from: decoder)
        let strategies = try values.decode([String: Measurement].self, forKey: .strategies)
        let details = try values.decode([String: Detail].self, forKey: .details)
        guard let detail = details[name] else {
            throw DecodingError.dataCorruptedError(
                forKey: .details, in: values, debugDescription: "the strategy's own is missing")
        }
        self.detail = detail
        parts = [:]
        for strategy in RegistrationStrategy.allCases {
            guard let measurement = strategies[strategy.rawValue], let detail = details[strategy.rawValue] else {
                continue
            }
            parts[strategy] = Part(measurement: measurement, detail: detail)
        }
    }
}
