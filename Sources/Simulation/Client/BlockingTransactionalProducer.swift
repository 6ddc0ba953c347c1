package import EventLog

/// A `SimulatedTransactionalProducer` behind the port that real ones have: every call lets the whole world run until it
/// is answered.
package final class BlockingTransactionalProducer: TransactionalProducer {
    package let producer: SimulatedTransactionalProducer

    package init(_ producer: SimulatedTransactionalProducer) { self.producer = producer }

    package func initialize() throws(LogError) {
        try producer.host.timeline.untilAnswered { then in
            producer.initialize { error in then(error.map { .failure($0) } ?? .success(())) }
        }
    }

    package func transact(
        _ records: [OutgoingRecord], offsets: [TopicPartition: Int64], of consumer: any GroupConsumer
    ) -> TransactionResult {
        guard let consumer = consumer as? BlockingConsumer else {
            return .aborted(LogError(.configuration, "transact: the consumer is not a simulated one"))
        }
        do throws(LogError) {
            return try producer.host.timeline.untilAnswered { then in
                producer.transact(records, offsets: offsets, of: consumer.consumer) { then(.success($0)) }
            }
        } catch {
            return .indeterminate(error)
        }
    }

    package func close() { producer.close() }
}
