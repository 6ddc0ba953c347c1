import EventLog
import Inquiries
import KafkaClient
import Messages
import Operations
import Processing

/// Reads a deployment's topics from the beginning to the ends that they had at the start. Confined to one thread.
struct HistoryReading {
    let names: DeploymentNames
    let declaration: Declaration
    private let reader: KafkaLogReader
    private let ends: [TopicPartition: Watermarks]
    /// - Parameter topics: those that will be read. What is caused before what causes it: so the causes of all that is
    ///   read are read too.
    /// - Throws: `LogError`; `.configuration` where a topic has another number of partitions than declared.
    init(_ connection: Connection, _ topics: [Topic]) throws(LogError) {
        reader = try KafkaLogReader(configuration: connection.kafka)
        names = connection.names
        declaration = try DeclarationReading.require(reader, names: names).declaration
        ends = try reader.watermarks(names.places(of: topics, partitions: declaration.partitions))
    }

    func close() { reader.close() }

    /// Reads whole topics, one after the other in the order of their names.
    func read(_ topics: [Topic], _ body: (LogRecord) -> Void) throws(LogError) {
        let wanted = Set(topics.map(names.name))
        try read(ends.filter { wanted.contains($0.key.topic) }.mapValues { _ in .whole }, body)
    }

    /// Reads partitions, or single records of them; what is not there any more is left out.
    func read(_ places: [TopicPartition: Story.Extent], _ body: (LogRecord) -> Void) throws(LogError) {
        var start: [TopicPartition: StartPosition] = [:]
        var goals: [TopicPartition: Int64] = [:]
        for (place, extent) in places {
            guard let known = ends[place], known.low < known.high else { continue }
            switch extent {
            case .whole:
                start[place] = .earliest
                goals[place] = known.high
            case .record(let offset):
                guard (known.low..<known.high).contains(offset) else { continue }
                start[place] = .offset(offset)
                goals[place] = offset + 1
            }
        }
        if !goals.isEmpty { try read(from: start, to: goals, body) }
    }

    private func read(
        from start: [TopicPartition: StartPosition], to goals: [TopicPartition: Int64], _ body: (LogRecord) -> Void
    ) throws(LogError) {
        try reader.assign(start)
        var progress = ReadingProgress()
        defer { progress.finish() }
        let total = goals.reduce(Int64(0)) { $0 + $1.value - (ends[$1.key]?.low ?? 0) }
        var reached: [TopicPartition: Int64] = [:]
        var moved = ContinuousClock.now
        while true {
            for record in try reader.poll(maxRecords: 20_000, timeout: .milliseconds(100)) {
                if record.offset < goals[record.topicPartition] ?? 0 { body(record) }
            }
            let now = try reader.positions()
            let missing = goals.filter { (now[$0.key] ?? 0) < $0.value }
            if missing.isEmpty { return }
            if now != reached {
                reached = now
                moved = .now
            } else if ContinuousClock.now - moved > KafkaLogReader.patience {
                let places = missing.keys.sorted().map(\.description).joined(separator: ", ")
                throw LogError(
                    .unavailable,
                    "nothing came for \(KafkaLogReader.patience), because of an open transaction or because their broker does not"
                        + " answer; the ends could not be read of \(places)")
            }
            let done = goals.reduce(Int64(0)) { sum, goal in
                let low = ends[goal.key]?.low ?? 0
                return sum + max(min(goal.value, now[goal.key] ?? 0) - low, 0)
            }
            progress.show(done: done, of: total)
        }
    }
}

extension KafkaLogReader {
    /// How long nothing may come before reading to an end is given up: longer than a transaction of ours may be open,
    /// behind which a reader of committed records waits.
    static let patience = Duration.seconds(30)
}

extension DeploymentNames {
    /// All partitions of topics.
    /// - Parameter partitions: as declared.
    func places(of topics: [Topic], partitions: Int32) -> [TopicPartition] {
        topics.flatMap { topic in
            (0..<topic.partitionCount(declared: partitions)).map {
                TopicPartition(topic: name(topic), partition: $0)
            }
        }
    }
}
