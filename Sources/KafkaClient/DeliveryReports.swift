import CRdKafka
import EventLog

/// Where delivery reports go. Two books: that of the batch under way, by index, and a count of what was sent alone.
///
/// Each message carries its place as an opaque number: the batch's generation above, the index below; 0 for one that
/// was sent alone. A report of a batch that was given up is thus never taken for one of the next.
final class DeliveryReports {
    private(set) var offsets: [Int64] = []
    private(set) var pending = 0
    /// The failed record of the batch with the lowest index. One that was merely dropped because of another's failure
    /// counts only when there is no other: the first cause is what a human wants to know.
    private(set) var failure: (index: Int, cause: rd_kafka_resp_err_t, isOurs: Bool)?
    private var generation: UInt = 0

    private(set) var delivered = 0
    private(set) var failed = 0
    private var failures: [LogError] = []
    private let failuresKept = 1_000

    func begin(_ count: Int) {
        generation = (generation + 1) & 0x7fff_ffff
        if generation == 0 { generation = 1 }
        offsets = [Int64](repeating: -1, count: count)
        pending = 0
        failure = nil
    }

    func opaque(_ index: Int) -> UInt { generation << 32 | UInt(index) }

    /// Counts a record of the batch that librdkafka has accepted, and will report on.
    func accepted() { pending += 1 }

    /// - Parameter isOurs: refused by the client itself: it never came to a broker.
    func refuse(_ index: Int, _ cause: rd_kafka_resp_err_t, isOurs: Bool = false) {
        if let failure {
            switch (isConsequence(failure.cause), isConsequence(cause)) {
            case (false, true): return
            case (true, false): break
            case (true, true), (false, false): if failure.index <= index { return }
            }
        }
        failure = (index, cause, isOurs)
    }

    private func isConsequence(_ cause: rd_kafka_resp_err_t) -> Bool {
        cause == RD_KAFKA_RESP_ERR__PURGE_QUEUE || cause == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT
    }

    /// Gives up the batch: later reports on it count for nothing.
    func abandon() {
        begin(0)
    }

    func takeOffsets() -> [Int64] {
        defer { offsets = [] }
        return offsets
    }

    /// Takes the failures of records sent alone that were noted since the last call.
    func takeFailures() -> [LogError] {
        defer { failures = [] }
        return failures
    }

    func take(_ message: UnsafePointer<rd_kafka_message_t>) {
        let place = unsafe UInt(bitPattern: message.pointee._private)
        let cause = unsafe message.pointee.err
        guard place != 0 else {
            unsafe countAlone(message, cause)
            return
        }
        guard place >> 32 == generation else { return }
        let index = Int(place & 0xffff_ffff)
        guard offsets.indices.contains(index) else { return }
        pending -= 1
        if cause == RD_KAFKA_RESP_ERR_NO_ERROR {
            offsets[index] = unsafe max(message.pointee.offset, -1)
        } else {
            refuse(index, cause)
        }
    }

    private func countAlone(_ message: UnsafePointer<rd_kafka_message_t>, _ cause: rd_kafka_resp_err_t) {
        guard cause != RD_KAFKA_RESP_ERR_NO_ERROR else {
            delivered += 1
            return
        }
        failed += 1
        guard failures.count < failuresKept else { return }
        let topic = unsafe message.pointee.rkt.flatMap { rkt in
            unsafe rd_kafka_topic_name(rkt).map { unsafe String(cString: $0) }
        }
        let place = topic.map { unsafe TopicPartition(topic: $0, partition: message.pointee.partition) }
        failures.append(ErrorMapping.error(cause, doing: "a record was not written", place: place))
    }
}
