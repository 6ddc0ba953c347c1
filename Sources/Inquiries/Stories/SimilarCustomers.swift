public import EventLog
public import Messages

/// Customers whose ids differ from one in what people overlook: quotes (some connectors write keys as JSON), white space,
/// case. They are other customers, and who looks for one of them may mean another.
public struct SimilarCustomers: Sendable {
    private let names: DeploymentNames
    private let partitionCount: Int32
    private let candidates: [[UInt8]]
    private var counts: [[UInt8]: Int] = [:]

    /// What tells that there is something of a customer: events, or nothing but refusals.
    private static let topics: [Topic] = [.customerEvents, .commandOutcomes]

    /// - Parameters:
    ///   - id: the one that was asked for; nil for nothing to compare with.
    ///   - partitionCount: as declared.
    public init(to id: String?, names: DeploymentNames, partitionCount: Int32) {
        self.names = names
        self.partitionCount = max(partitionCount, 1)
        candidates = id.map(Self.candidates) ?? []
    }

    /// In a fixed order.
    static func candidates(_ id: String) -> [[UInt8]] {
        let trimmed = String(trimming(Substring(id)))
        var found: [[UInt8]] = []
        for form in [id, trimmed] {
            let bare = String(trimming(unquoted(form)))
            for text in [
                form, bare, "\"\(bare)\"", "'\(bare)'", " \(bare)", "\(bare) ", bare.lowercased(), bare.uppercased(),
            ] {
                let bytes = Array(text.utf8)
                if bytes != Array(id.utf8), CustomerID.read(bytes) != nil, !found.contains(bytes) {
                    found.append(bytes)
                }
            }
        }
        return found
    }

    private static func unquoted(_ text: String) -> Substring {
        guard let first = text.first, first == "\"" || first == "'", text.count > 1, text.last == first else {
            return Substring(text)
        }
        return text.dropFirst().dropLast()
    }

    private static func trimming(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// What to read.
    public var places: [TopicPartition: Story.Extent] {
        var places: [TopicPartition: Story.Extent] = [:]
        for key in candidates {
            let partition = Murmur2.partition(of: key, count: partitionCount)
            for topic in Self.topics {
                places[TopicPartition(topic: names.name(topic), partition: partition)] = .whole
            }
        }
        return places
    }

    public mutating func take(_ record: LogRecord) {
        guard let key = record.key, candidates.contains(key) else { return }
        counts[key, default: 0] += 1
    }

    private var found: [(id: String, count: Int)] {
        candidates.compactMap { key in
            guard let count = counts[key], let id = CustomerID.read(key) else { return nil }
            return (id, count)
        }
    }

    /// One for each that there is.
    public var lines: [String] {
        found.map { "Another customer has nearly the same id: `\(column($0.id))` (\($0.count) events and outcomes)." }
    }

    public var json: [String] {
        found.map { other in
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("similarCustomer", other.id)
            writer.member("records", Int64(other.count))
            writer.endObject()
            return String(decoding: writer.bytes, as: UTF8.self)
        }
    }
}
