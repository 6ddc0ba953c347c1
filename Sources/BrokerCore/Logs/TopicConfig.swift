/// A setting that a topic can have, as Kafka's reference ("Topic configs") lists it.
public struct TopicConfig: Hashable, Sendable {
    /// Which texts are values of a setting.
    public enum Kind: Hashable, Sendable {
        /// Kafka's INT: 32 bits.
        case int(ClosedRange<Int64>)
        /// Kafka's LONG: 64 bits.
        case long(ClosedRange<Int64>)
        case double(ClosedRange<Double>)
        case boolean
        /// One of some words.
        case choice([String])
        /// Some words with commas between them, each one of those named; any words when none are named.
        case list([String])
        case text
    }

    public var name: String
    public var kind: Kind
    /// The value that a topic has unless it says otherwise.
    public var defaultValue: String
    /// Whether this broker acts on it. The others are accepted and shown, so that tools which set them go on working.
    public var hasEffect: Bool

    /// The type's number in an answer to DescribeConfigs (KIP-569).
    public var describedType: Int8 {
        switch kind {
        case .boolean: 1
        case .choice, .text: 2
        case .int: 3
        case .long: 5
        case .double: 6
        case .list: 7
        }
    }

    /// The setting of that name; nil when there is none.
    public static func named(_ name: String) -> TopicConfig? { all.first { $0.name == name } }

    /// Says whether a text is a value of this setting.
    ///
    /// - Throws: ``TopicConfigError/invalidValue(name:value:rule:)``.
    public func validate(_ value: String) throws(TopicConfigError) {
        let text = value.trimmed
        let isValid =
            switch kind {
            case .int(let range), .long(let range): Int64(text).map(range.contains) ?? false
            case .double(let range): Double(text).map(range.contains) ?? false
            case .boolean: ["true", "false"].contains(text.lowercased())
            case .choice(let words): words.contains(text)
            case .list(let words): words.isEmpty || Self.allWords(text, areIn: words)
            case .text: true
            }
        guard isValid else { throw .invalidValue(name: name, value: text, rule: rule) }
    }

    private static func allWords(_ text: String, areIn words: [String]) -> Bool {
        text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { words.contains(String($0).trimmed) }
    }

    private var rule: String {
        switch kind {
        case .int(let range), .long(let range):
            range.upperBound == Int64.max || range.upperBound == Int64(Int32.max)
                ? "a number of at least \(range.lowerBound)"
                : "a number from \(range.lowerBound) to \(range.upperBound)"
        case .double(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        case .list(let words): "a list of \(words.joined(separator: ", "))"
        case .text: "a text"
        }
    }
}

/// Why a topic's settings are refused. The text goes to who sent them.
public enum TopicConfigError: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownName(String)
    case invalidValue(name: String, value: String, rule: String)

    public var description: String {
        switch self {
        case .unknownName(let name): "Unknown topic config name: \(name)"
        case .invalidValue(let name, let value, let rule):
            "Invalid value \(value.prefix(100)) for configuration \(name): must be \(rule)"
        }
    }
}

extension String {
    /// Without the white space around it: Kafka trims settings.
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
