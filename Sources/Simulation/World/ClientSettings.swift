/// What a client can be told. All times in microseconds.
package struct ClientSettings: Hashable, Sendable {
    /// How long a request may go without an answer before its connection is closed (`socket.timeout.ms`).
    package var requestTimeout: Int64 = 2_000_000
    /// How long the group waits for a member's heartbeat (`session.timeout.ms`).
    package var sessionTimeout: Int64 = 6_000_000
    package var heartbeatInterval: Int64 = 500_000
    /// A member that is not polled for longer leaves its group (`max.poll.interval.ms`); also how long a rebalance waits
    /// for it.
    package var maxPollInterval: Int64 = 30_000_000
    /// The broker aborts a transaction that is open for longer (`transaction.timeout.ms`).
    package var transactionTimeout: Int64 = 10_000_000
    /// How long a producer outside of transactions tries to deliver a batch (`delivery.timeout.ms`).
    package var deliveryTimeout: Int64 = 30_000_000
    /// Most records that a producer puts into one batch (`batch.num.messages`). A real one ends a batch early whenever its
    /// `linger.ms` is over while records are still being handed to it, so that of what is written at once for one
    /// partition any first part may be there alone.
    package var batchRecords = 10_000
    /// How long a transactional producer tries to register.
    package var initializationTimeout: Int64 = 30_000_000
    /// How long a question outside of polling (watermarks, committed offsets) waits for its answer.
    package var questionTimeout: Int64 = 30_000_000
    /// The pause before a request is sent again.
    package var retryBackoff: Int64 = 50_000
    /// How long the broker may keep a fetch that finds nothing (`fetch.wait.max.ms`).
    package var fetchMaxWait: Int64 = 500_000
    /// Bytes in one answer to a fetch, and of one partition in it.
    package var fetchMaxBytes: Int32 = 1_048_576
    /// Whether a transaction during whose end a connection closed counts as undecided, whatever the broker answers to the
    /// request that was sent again. False plants a bug: the request that got lost may reach the broker later, and end
    /// the producer's next transaction.
    package var distrustsLostConnections = true

    /// Whether a question that was refused by a node that does not lead asks who does. False plants a bug, that of
    /// `rd_kafka_query_watermark_offsets`: a handle that nothing else makes ask goes on at the old leader for ever.
    package var asksWhoLeads = true

    package init() {}
}
