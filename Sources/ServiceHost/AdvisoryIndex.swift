internal import EventLog
internal import KafkaClient
internal import Logging
internal import Messages
internal import Metrics
internal import Operations
public import ServiceCores
internal import Synchronization

/// A service's own copy of the document index, read from its topic for as long as the service runs. It begins empty with
/// each start, is behind by what is under way, and stands still while the broker can't be reached: whoever asks it gets
/// advice. It never keeps the service from starting, working or stopping.
public final class AdvisoryIndex: DocumentAdvice, Sendable {
    private let copy = Mutex(DocumentIndexCopy())

    public init() {}

    public func isTaken(_ document: String, byOtherThan customerID: String) -> Bool {
        copy.withLock { $0.isTaken(document, byOtherThan: customerID) }
    }

    /// The thread that keeps the copy up to date.
    func loop(names: DeploymentNames, kafka: KafkaConfiguration, logger: Logger) -> ProgramLoop {
        let topic = names.name(.documentIndex)
        return ProgramLoop("document-index") { [self] stop in
            let known = Gauge(label: "soleholder_index_copy_documents")
            while !stop.isSet {
                do throws(LogError) {
                    try follow(topic, kafka, logger, known) { stop.isSet }
                } catch {
                    logger.warning(
                        "the copy of the document index stands still; it is only advice, and begins again",
                        metadata: ["topic": "\(topic)", "error": "\(error)"])
                    stop.wait(upTo: .seconds(2))
                }
            }
            return .stopped
        }
    }

    /// Reads from the beginning, and on from there.
    private func follow(
        _ topic: String, _ kafka: KafkaConfiguration, _ logger: Logger, _ known: Gauge, isOver: () -> Bool
    ) throws(LogError) {
        let reader = try KafkaLogReader(configuration: kafka, timeout: .seconds(2))
        defer { reader.close() }
        guard let count = try reader.partitionCount(of: topic) else {
            throw LogError(.unknownTopic, "the topic is missing")
        }
        let places = (0..<count).map { TopicPartition(topic: topic, partition: $0) }
        var ends = try reader.watermarks(places).mapValues(\.high)
        try reader.assign(Dictionary(uniqueKeysWithValues: places.map { ($0, .earliest) }))
        // What was known stays until it is told otherwise, or its document is free: read again, it is the same.
        while !isOver() {
            let records = try reader.poll(maxRecords: 5_000, timeout: .milliseconds(200))
            if !records.isEmpty {
                let total = copy.withLock { copy in
                    for record in records { copy.apply(key: record.key, value: record.value) }
                    return copy.count
                }
                known.record(total)
            }
            guard !ends.isEmpty else { continue }
            let reached = try reader.positions()
            ends = ends.filter { $0.value > reached[$0.key] ?? 0 }
            if ends.isEmpty { logger.info("the copy of the document index is up to date") }
        }
    }
}
