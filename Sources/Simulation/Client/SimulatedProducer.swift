package import EventLog
internal import KafkaProtocol

/// Writes batches outside of transactions: idempotent, acknowledged by all. A request whose connection broke is sent again
/// with the same sequence, so that the broker tells a second copy from a new batch.
package final class SimulatedProducer {
    package let host: Host
    private let settings: ClientSettings
    private let asker: Asker
    /// nil: a producer id is to be asked for, because there is none yet or its sequences are unknown.
    private var session: ProducerSession?
    private var isClosed = false

    package init(host: Host, network: Network, settings: ClientSettings) {
        self.host = host
        self.settings = settings
        asker = Asker(network, host, settings)
    }

    /// Writes the records, and waits until the broker has each of them. When it fails some may be written.
    ///
    /// - Parameter then: Gets the records' offsets; -1 for one whose offset the broker did not tell.
    package func produce(_ records: [OutgoingRecord], then: @escaping (Result<[Int64], LogError>) -> Void) {
        guard !isClosed else {
            let error = LogError(.other, "write \(records.count) records: the producer is closed")
            host.after(0) { then(.failure(error)) }
            return
        }
        guard !records.isEmpty else {
            host.after(0) { then(.success([])) }
            return
        }
        let deadline = host.timeline.now &+ settings.deliveryTimeout
        if let session { return write(records, session, deadline, then) }
        asker.initializeProducer(nil, settings, within: settings.deliveryTimeout) { [self] result in
            switch result {
            case .success(let session): write(records, session, deadline, then)
            case .failure(let error): then(.failure(error))
            }
        }
    }

    private func write(
        _ records: [OutgoingRecord], _ session: ProducerSession, _ deadline: Int64,
        _ then: @escaping (Result<[Int64], LogError>) -> Void
    ) {
        self.session = session
        let batches = session.batches(
            of: records, isTransactional: false, limit: settings.batchRecords, now: host.timeline.now / 1000)
        let writing = Writing(asker, session, transactionalID: nil, count: records.count, deadline: deadline) {
            [self] session, result, isDoubtful in
            var isUsable = !isDoubtful
            // The broker has forgotten the producer, or knows another batch by the sequence.
            if case .failure(let error) = result, error.code == .other || error.code == .fenced { isUsable = false }
            self.session = isUsable ? session : nil
            then(result)
        }
        writing.write(batches)
    }

    package func close() {
        isClosed = true
        asker.close()
    }
}

extension Asker {
    /// Asks for a producer id and an epoch.
    ///
    /// - Parameter last: What a producer has that goes on (KIP-360).
    func initializeProducer(
        _ transactionalID: String?, _ settings: ClientSettings, after last: ProducerSession? = nil,
        within patience: Int64,
        then: @escaping (Result<ProducerSession, LogError>) -> Void
    ) {
        let doing = transactionalID.map { "initialise transactional id \($0)" } ?? "ask for a producer id"
        let timeout = transactionalID == nil ? -1 : Int32(clamping: settings.transactionTimeout / 1000)
        let request = InitProducerIDRequest(
            transactionalID: transactionalID, transactionTimeoutMs: timeout, producerID: last?.producerID ?? -1,
            producerEpoch: last?.epoch ?? -1)
        let target = transactionalID.map { Target.coordinator(.transaction, $0) } ?? .anyNode
        ask(.initProducerID(request), version: 4, to: target, within: patience, doing: doing) { response in
            guard case .initProducerID(let answer) = response else { return nil }
            guard answer.errorCode == .none else { return .sorted(answer.errorCode, doing: doing) }
            return .answer(ProducerSession(producerID: answer.producerID, epoch: answer.producerEpoch))
        } then: {
            then($0)
        }
    }
}
