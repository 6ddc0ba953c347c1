package import EventLog

extension SimulatedTransactionalProducer {
    /// One whole transaction: begin, write, send the offsets as who `consumer` was when its group gave it its partitions,
    /// commit.
    package func transact(
        _ records: [OutgoingRecord], offsets: [TopicPartition: Int64], of consumer: SimulatedConsumer,
        then: @escaping (TransactionResult) -> Void
    ) {
        transact(
            records, offsets: offsets, membership: consumer.membership, metadata: consumer.offsetMetadata, then: then)
    }
}
