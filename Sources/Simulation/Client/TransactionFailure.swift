internal import EventLog
internal import KafkaProtocol

/// An error of a step of a transaction, and what is to be done about it: as `KafkaTransactionalProducer` sorts what
/// librdkafka makes of the broker's codes.
struct TransactionFailure {
    enum Reaction {
        /// End the transaction; when that succeeds, nothing of it is ever seen.
        case abort
        /// A newer instance has taken over.
        case stop
        /// The producer can't say any more what became of it.
        case replace
    }

    var error: LogError
    var reaction: Reaction

    /// - Parameter error: What was not mended by trying again while there was time.
    init(_ error: LogError) {
        self.error = error
        // The group knows this static member under another id by now. That may be a newer instance, or this one, which
        // has joined again; only the group's own news tells.
        if error.cause == ErrorCode.fencedInstanceID.name { self.error.code = .rejoin }
        switch self.error.code {
        case .fenced: reaction = .stop
        case .unreachable, .unavailable: reaction = .replace
        case .rejoin, .unknownTopic, .offsetOutOfRange, .notAuthorized, .recordTooLarge, .configuration:
            reaction = .abort
        // librdkafka takes a transaction that is not where it should be for fatal.
        case .other: reaction = error.cause == ErrorCode.invalidTransactionState.name ? .replace : .abort
        }
    }
}
