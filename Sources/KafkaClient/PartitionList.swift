import CRdKafka
import EventLog

/// librdkafka's list of partitions with offsets. Owns it.
@safe final class PartitionList {
    let raw: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?

    init(capacity: Int) {
        unsafe raw = rd_kafka_topic_partition_list_new(Int32(clamping: capacity))
    }

    convenience init(_ partitions: some Collection<TopicPartition>) {
        self.init(capacity: partitions.count)
        for partition in partitions { add(partition) }
    }

    /// - Parameter metadata: the text that goes to the group with each offset.
    convenience init(offsets: [TopicPartition: Int64], metadata: String = "") {
        self.init(capacity: offsets.count)
        for (place, offset) in offsets { add(place, offset: offset, metadata: metadata) }
    }

    deinit {
        if let raw = unsafe raw { unsafe rd_kafka_topic_partition_list_destroy(raw) }
    }

    func add(_ place: TopicPartition, offset: Int64? = nil, metadata: String = "") {
        guard let element = unsafe rd_kafka_topic_partition_list_add(raw, place.topic, place.partition) else { return }
        if let offset { unsafe element.pointee.offset = offset }
        let bytes = Array(metadata.utf8)
        // The list frees it.
        guard !bytes.isEmpty, let copy = unsafe rd_kafka_mem_malloc(nil, bytes.count) else { return }
        unsafe copy.copyMemory(from: bytes, byteCount: bytes.count)
        unsafe element.pointee.metadata = copy
        unsafe element.pointee.metadata_size = bytes.count
    }

    /// One entry of a list, with what the broker answered for it.
    struct Entry {
        var place: TopicPartition
        var offset: Int64
        var metadata: String
        var cause: rd_kafka_resp_err_t
    }

    var entries: [Entry] {
        guard let raw = unsafe raw else { return [] }
        return unsafe PartitionList.entries(raw)
    }

    static func entries(_ raw: UnsafePointer<rd_kafka_topic_partition_list_t>) -> [Entry] {
        let count = Int(unsafe raw.pointee.cnt)
        var result: [Entry] = []
        result.reserveCapacity(count)
        for index in 0..<count {
            guard let element = unsafe raw.pointee.elems.map({ unsafe $0 + index }),
                let topic = unsafe element.pointee.topic
            else { continue }
            let place = TopicPartition(
                topic: unsafe String(cString: topic), partition: unsafe element.pointee.partition)
            let metadata = unsafe UnsafeRawBufferPointer(
                start: element.pointee.metadata, count: element.pointee.metadata_size)
            result.append(
                Entry(
                    place: place, offset: unsafe element.pointee.offset,
                    metadata: unsafe String(decoding: metadata, as: UTF8.self), cause: unsafe element.pointee.err))
        }
        return result
    }

    static func entries(_ raw: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> [Entry] {
        unsafe entries(UnsafePointer(raw))
    }
}

extension StartPosition {
    /// librdkafka's number for it.
    var offsetNumber: Int64 {
        switch self {
        case .earliest: Int64(RD_KAFKA_OFFSET_BEGINNING)
        case .latest: Int64(RD_KAFKA_OFFSET_END)
        case .offset(let offset): offset
        }
    }
}

/// A point in time that a call may take until.
struct Deadline {
    private let instant: ContinuousClock.Instant

    init(after duration: Duration) {
        instant = ContinuousClock.now + duration
    }

    var remaining: Duration { max(.zero, instant - .now) }
    var hasPassed: Bool { remaining == .zero }
    /// At least 1 while there is time left, so that a call with it never turns into one that does not wait.
    var remainingMilliseconds: Int32 { hasPassed ? 0 : max(1, remaining.milliseconds) }
}

extension Duration {
    /// Whole milliseconds, as C calls want them.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        return overflow ? (seconds < 0 ? 0 : .max) : Int32(clamping: product + attoseconds / 1_000_000_000_000_000)
    }
}
