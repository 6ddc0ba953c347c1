import DeadLetters
import EventLog
import KafkaClient
import Messages
import Processing

/// Reads dead letter topics. Confined to one thread.
struct DeadLetterReading {
    /// How far a reading came.
    enum Reach {
        /// To the ends that the topics had when it began, or as far as was wanted.
        case complete
        /// The last records are missing; the user was told.
        case cut
    }

    /// Whether a reader wants more.
    enum Wish {
        case goOn
        case stop
    }

    private let reader: KafkaLogReader
    private let names: DeploymentNames
    /// Of every topic.
    let partitionCount: Int32

    init(_ connection: Connection) throws(LogError) {
        reader = try KafkaLogReader(configuration: connection.kafka)
        names = connection.names
        partitionCount = try DeclarationReading.require(reader, names: names).declaration.partitions
    }

    func close() { reader.close() }

    /// Reads the dead letters of one topic, or of all.
    func readAll(of input: Topic?, _ body: (LogRecord) -> Void) throws(LogError) -> Reach {
        let topics = Topic.allCases.filter { $0.isDeadLetter && (input == nil || $0 == input?.deadLetter) }
        let places = names.places(of: topics, partitions: partitionCount)
        let start = Dictionary(uniqueKeysWithValues: places.map { ($0, StartPosition.earliest) })
        return try read(from: start) { record throws(LogError) in
            body(record)
            return .goOn
        }
    }

    /// Reads from places on, each partition to the end that it has now.
    func read(
        from start: [TopicPartition: StartPosition], _ body: (LogRecord) throws(LogError) -> Wish
    ) throws(LogError) -> Reach {
        try reader.assign(start)
        let ends = try reader.watermarks(start.keys.sorted())
        var reached: [TopicPartition: Int64] = [:]
        var moved = ContinuousClock.now
        while true {
            for record in try reader.poll(maxRecords: 200, timeout: .milliseconds(100)) {
                if try body(record) == .stop { return .complete }
            }
            let now = try reader.positions()
            let missing = ends.filter { $0.value.high > $0.value.low && (now[$0.key] ?? 0) < $0.value.high }
            if missing.isEmpty { return .complete }
            if now != reached {
                reached = now
                moved = .now
            } else if ContinuousClock.now - moved > KafkaLogReader.patience {
                let places = missing.keys.sorted().map(\.description).joined(separator: ", ")
                tell(
                    "the ends of these could not be read, because of an open transaction or because their broker does not"
                        + " answer: \(places)")
                return .cut
            }
        }
    }
}
