import CRdKafka
import EventLog
import Glibc

/// The three queues of a group's member, and one signal for all of them. Confined to one thread.
@safe final class ConsumerQueues {
    private let client: ClientHandle
    private(set) var main: OpaquePointer?
    private(set) var urgent: OpaquePointer?
    private(set) var normal: OpaquePointer?
    private var partitions: [(queue: OpaquePointer, target: OpaquePointer)] = unsafe []
    /// A pipe: its end to read, its end to write; -1 when closed.
    private var signal: (read: Int32, write: Int32) = (-1, -1)

    init(_ client: ClientHandle) throws(LogError) {
        self.client = client
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw LogError(.other, "can't make a pipe: errno \(errno)")
        }
        signal = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        unsafe main = rd_kafka_queue_get_consumer(client.raw)
        unsafe urgent = rd_kafka_queue_new(client.raw)
        unsafe normal = rd_kafka_queue_new(client.raw)
        guard unsafe main != nil, unsafe urgent != nil, unsafe normal != nil else {
            throw LogError(.other, "can't make a consumer's queues")
        }
        // swift-format-ignore: ReplaceForEachWithForLoop
        unsafe [main, urgent, normal].forEach { queue in
            var mark: UInt8 = 1
            unsafe rd_kafka_queue_io_event_enable(queue, signal.write, &mark, 1)
        }
    }

    /// Leads the partitions' records to the queue of their kind.
    func forward(_ places: some Collection<TopicPartition>, urgent urgentTopics: Set<String>) {
        forgetPartitions()
        for place in places {
            guard let queue = unsafe rd_kafka_queue_get_partition(client.raw, place.topic, place.partition),
                let target = unsafe urgentTopics.contains(place.topic) ? urgent : normal
            else { continue }
            unsafe rd_kafka_queue_forward(queue, target)
            unsafe partitions.append((queue, target))
        }
    }

    /// Releases the partitions' queues; librdkafka ends the forwarding when it stops fetching.
    func forgetPartitions() {
        // swift-format-ignore: ReplaceForEachWithForLoop
        unsafe partitions.forEach { unsafe rd_kafka_queue_destroy($0.queue) }
        unsafe partitions.removeAll()
    }

    /// Forgets signals that were given by now. To be called *before* the queues are drained: a signal is given only
    /// when something comes into an empty queue, so one that comes after this and is drained merely costs one turn.
    func clearSignal() {
        var marks: (UInt64, UInt64) = (0, 0)
        while unsafe read(signal.read, &marks, 16) == 16 {}
    }

    /// Waits for something to come into any of the queues.
    func wait(_ milliseconds: Int32) {
        // When partitions are taken anew without having been given up, librdkafka first stops fetching them, some
        // time later, and clears the forwarding with that. It starts again without forwarding, because they count as
        // forwarded by us. Doing so again moves what has gathered; it changes nothing in the normal case.
        // swift-format-ignore: ReplaceForEachWithForLoop
        unsafe partitions.forEach { unsafe rd_kafka_queue_forward($0.queue, $0.target) }
        var descriptor = pollfd(fd: signal.read, events: Int16(POLLIN), revents: 0)
        unsafe _ = poll(&descriptor, 1, min(milliseconds, 100))
    }

    func close() {
        guard signal.read >= 0 else { return }
        forgetPartitions()
        // swift-format-ignore: ReplaceForEachWithForLoop
        unsafe [urgent, normal, main].forEach { queue in
            guard let queue = unsafe queue else { return }
            unsafe rd_kafka_queue_io_event_enable(queue, -1, nil, 0)
            unsafe rd_kafka_queue_destroy(queue)
        }
        unsafe (main, urgent, normal) = (nil, nil, nil)
        _ = Glibc.close(signal.read)
        _ = Glibc.close(signal.write)
        signal = (-1, -1)
    }

    deinit { close() }
}
