internal import EventLog
internal import KafkaClient
internal import Logging
public import Messages
internal import Metrics
internal import Operations
public import ServiceCores
internal import Synchronization

/// A service's own copy of the unique index, read from its topic for as long as the service runs. It is empty until it
/// was read to its end for the first time, is behind by what is under way, and stands still while the broker can't be
/// reached: whoever asks it gets advice. It never keeps the service from starting, working or stopping.
public final class AdvisoryIndex: KeyAdvice, Sendable {
    private let copy = Mutex(KeyIndexCopy())

    public init() {}

    public func isTaken(_ key: UniqueKey, byOtherThan customerID: String) -> Bool {
        copy.withLock { $0.isTaken(key, byOtherThan: customerID) }
    }

    /// The thread that keeps the copy up to date.
    func loop(names: DeploymentNames, kafka: KafkaConfiguration, logger: Logger) -> ProgramLoop {
        let topic = names.name(.uniqueIndex)
        return ProgramLoop("unique-index") { [self] stop in
            let known = Gauge(label: "soleholder_index_copy_keys")
            while !stop.isSet {
                do throws(LogError) {
                    try follow(topic, kafka, logger, known) { stop.isSet }
                } catch {
                    logger.warning(
                        "the copy of the unique index stands still; it is only advice, and begins again",
                        metadata: ["topic": "\(topic)", "error": "\(error)"])
                    stop.wait(upTo: .seconds(2))
                }
            }
            return .stopped
        }
    }

    /// Reads from the beginning into a copy of its own, which takes the place of the old one when it has come to the end,
    /// and on from there. The old one can't be gone on with: that a key became free meanwhile may have been
    /// compacted away, and would never be told again.
    private func follow(
        _ topic: String, _ kafka: KafkaConfiguration, _ logger: Logger, _ known: Gauge, isOver: () -> Bool
    ) throws(LogError) {
        let reader = try KafkaLogReader(configuration: kafka, timeout: .seconds(2))
        defer { reader.close() }
        guard let count = try reader.partitionCount(of: topic) else {
            throw LogError(.unknownTopic, "the topic is missing")
        }
        let places = (0..<count).map { TopicPartition(topic: topic, partition: $0) }
        let marks = try reader.watermarks(places)
        try reader.assign(marks.mapValues { .offset($0.low) })
        var fresh = KeyIndexCopy()
        while !isOver() {
            let reached = try reader.positions()
            if marks.allSatisfy({ $0.value.high <= reached[$0.key] ?? 0 }) { break }
            for record in try reader.poll(maxRecords: 5_000, timeout: .milliseconds(200)) {
                fresh.apply(record)
            }
        }
        known.record(fresh.count)
        copy.withLock { $0 = fresh }
        logger.info("the copy of the unique index is up to date")
        while !isOver() {
            let records = try reader.poll(maxRecords: 5_000, timeout: .milliseconds(200))
            if records.isEmpty { continue }
            let total = copy.withLock { copy in
                for record in records { copy.apply(record) }
                return copy.count
            }
            known.record(total)
        }
    }
}
