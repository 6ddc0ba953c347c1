import CRdKafka
import EventLog

/// An error of a transactional call, with what librdkafka says about it. Owns nothing of librdkafka.
struct TransactionFailure {
    var cause: rd_kafka_resp_err_t
    var error: LogError
    var isFatal: Bool
    var isRetriable: Bool
    var requiresAbort: Bool

    /// Reads an error and releases it; nil when there is none.
    @safe init?(_ raw: OpaquePointer?, doing: String, needs access: MissingAccess) {
        guard let raw = unsafe raw else { return nil }
        cause = unsafe rd_kafka_error_code(raw)
        let detail = unsafe rd_kafka_error_string(raw).map { unsafe String(cString: $0) }
        error = ErrorMapping.error(cause, doing: doing, detail: detail, needs: access)
        isFatal = unsafe rd_kafka_error_is_fatal(raw) != 0
        isRetriable = unsafe rd_kafka_error_is_retriable(raw) != 0
        requiresAbort = unsafe rd_kafka_error_txn_requires_abort(raw) != 0
        unsafe rd_kafka_error_destroy(raw)
        // The group knows this static member under another id by now. That may be a newer instance; but it may as well be
        // this one, which has joined again since it was given its partitions. Only the group's own news tells: who was
        // really replaced is told so by its next poll.
        if cause == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID { error.code = .rejoin }
    }

    /// The failure of a transaction whose consumer is closed, or had no generation when its partitions were given.
    init(noMember doing: String) {
        cause = RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID
        error = LogError(.rejoin, "\(doing): the consumer is no member of its group")
        (isFatal, isRetriable, requiresAbort) = (false, false, true)
    }

    /// What is to be done about a failure. The one place where transactional errors are sorted.
    enum Reaction: Equatable {
        /// Call the same again, while there is time.
        case retry
        /// End the transaction; when that succeeds, nothing of it is ever seen.
        case abort
        /// A newer instance has taken over.
        case stop
        /// The producer can't say any more what became of it.
        case replace
    }

    var reaction: Reaction {
        if error.code == .fenced { return .stop }
        if isFatal { return .replace }
        if requiresAbort { return .abort }
        if isRetriable || error.code == .unavailable || error.code == .unreachable { return .retry }
        // Neither fatal nor abortable nor worth another try (a call in the wrong state, a group that moved on):
        // the transaction is still open and can be ended.
        return .abort
    }
}
