import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// A transaction coordinator with a clock, a journal, and markers that are written when the test says so.
final class TransactionWorld: CustomTestStringConvertible {
    var coordinator: TransactionCoordinator
    var now: Int64 = 1_000_000
    var journal: [TransactionJournalEntry] = []
    /// Markers that were asked for and are not written yet.
    var waiting: [TransactionMarkers] = []
    /// Effects of the last call.
    var effects: [TransactionEffect] = []
    private var answers: [RequestToken: TransactionReply] = [:]
    private var tokens: Int64 = 0

    var testDescription: String { "the world at \(now)" }

    static let id = "payments"
    static let partitions = (0..<3).map { TopicPartition(topic: "t", partition: $0) }

    init(_ configuration: TransactionCoordinatorConfiguration = TransactionCoordinatorConfiguration()) {
        coordinator = TransactionCoordinator(configuration: configuration)
    }

    private func token() -> RequestToken {
        tokens += 1
        return RequestToken(rawValue: tokens)
    }

    func perform(_ effects: [TransactionEffect]) {
        self.effects = effects
        for effect in effects {
            switch effect {
            case .journal(let entry): journal.append(entry)
            case .reply(let token, let reply):
                #expect(answers[token] == nil, "\(token) was answered before")
                answers[token] = reply
            case .writeMarkers(let markers): waiting.append(markers)
            }
        }
    }

    func pass(_ milliseconds: Int64) {
        let end = now + milliseconds
        var calls = 0
        while let deadline = coordinator.nextDeadline, deadline <= end, calls < 10_000 {
            now = max(now, deadline)
            calls += 1
            perform(coordinator.expire(now: now))
        }
        #expect(calls < 10_000, "expire goes round in circles")
        now = end
    }

    /// The broker dies after that many entries of its journal, or after all; another one reads them.
    func restart(after entries: Int? = nil) {
        journal = Array(journal.prefix(entries ?? journal.count))
        waiting = []
        coordinator = TransactionCoordinator(configuration: coordinator.configuration)
        for entry in journal { coordinator.apply(entry) }
        perform(coordinator.recover(now: now))
    }

    /// The partitions and groups have got the markers.
    func writeMarkers() {
        let written = waiting
        waiting = []
        for markers in written { finish(markers) }
    }

    func finish(_ markers: TransactionMarkers) {
        perform(
            coordinator.markersWritten(
                transactionalID: markers.transactionalID, producerID: markers.producerID,
                producerEpoch: markers.producerEpoch, now: now))
    }

    // MARK: Requests

    func initialize(
        _ id: String? = TransactionWorld.id, timeout: Int32 = 60_000, expected: ProducerIdentity? = nil
    ) -> InitProducerAnswer {
        let token = token()
        let request = InitProducerRequest(transactionalID: id, transactionTimeout: timeout, expected: expected)
        perform(coordinator.initProducer(request, token: token, now: now))
        guard case .initProducer(let answer) = answers[token] else {
            return InitProducerAnswer(error: .unknownServerError)
        }
        return answer
    }

    func add(
        _ producer: ProducerIdentity, _ partition: Int = 0, id: String = TransactionWorld.id
    ) -> ErrorCode? {
        add(producer, [Self.partitions[partition]], id: id).first?.error
    }

    func add(
        _ producer: ProducerIdentity, _ partitions: [TopicPartition], id: String = TransactionWorld.id,
        refused: [TopicPartition: ErrorCode] = [:]
    ) -> [PartitionResult] {
        let token = token()
        let request = AddPartitionsRequest(
            transactionalID: id, producer: producer, partitions: partitions, refused: refused)
        perform(coordinator.addPartitions(request, token: token, now: now))
        guard case .addPartitions(let results) = answers[token] else { return [] }
        return results
    }

    func addOffsets(
        _ producer: ProducerIdentity, group: String = "g", id: String = TransactionWorld.id
    ) -> ErrorCode? {
        let token = token()
        let request = AddOffsetsRequest(transactionalID: id, producer: producer, groupID: group)
        perform(coordinator.addOffsets(request, token: token, now: now))
        guard case .addOffsets(let error) = answers[token] else { return nil }
        return error
    }

    func end(
        _ producer: ProducerIdentity, _ ending: TransactionEnding, id: String = TransactionWorld.id
    ) -> ErrorCode? {
        let token = token()
        let request = EndTransactionRequest(transactionalID: id, producer: producer, result: ending)
        perform(coordinator.end(request, token: token, now: now))
        guard case .end(let error) = answers[token] else { return nil }
        return error
    }

    func mayProduce(_ producer: ProducerIdentity, _ partition: Int = 0) -> ErrorCode {
        coordinator.mayProduce(
            transactionalID: Self.id, producer: producer, partition: Self.partitions[partition])
    }

    var state: String { coordinator.describe(transactionalID: Self.id).state }

    /// A producer with an open transaction on partition 0.
    func open(timeout: Int32 = 60_000) -> ProducerIdentity {
        let producer = initialize(timeout: timeout).producer
        #expect(add(producer) == ErrorCode.none)
        return producer
    }
}
