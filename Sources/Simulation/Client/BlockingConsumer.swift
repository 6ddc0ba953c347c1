package import EventLog

/// A `SimulatedConsumer` behind the port that real consumers have: every call lets the whole world run until it is
/// answered.
package final class BlockingConsumer: GroupConsumer {
    package let consumer: SimulatedConsumer

    package init(_ consumer: SimulatedConsumer) { self.consumer = consumer }

    package func poll(maxRecords: Int, timeout: Duration) throws(LogError) -> PollResult {
        try answer { consumer.poll(maxRecords: maxRecords, timeout: timeout, then: $0) }
    }

    package func heartbeat() throws(LogError) -> Bool { try consumer.heartbeat().get() }

    package func assign(_ positions: [TopicPartition: StartPosition]) throws(LogError) {
        try requireOpen("assign")
        consumer.assign(positions)
    }

    package func unassign() throws(LogError) {
        try requireOpen("unassign")
        consumer.unassign()
    }

    package func committed(
        _ partitions: [TopicPartition], within timeout: Duration
    ) throws(LogError) -> [TopicPartition: GroupOffset] {
        try answer { consumer.committed(partitions, within: timeout.wholeMicroseconds, then: $0) }
    }

    package func commit(_ offsets: [TopicPartition: Int64]) throws(LogError) {
        try answer { then in
            consumer.commit(offsets) { error in then(error.map { .failure($0) } ?? .success(())) }
        }
    }

    package func close() { consumer.close() }

    private func requireOpen(_ doing: String) throws(LogError) {
        if consumer.isClosed { throw consumer.closedError(doing) }
    }

    /// Makes a call and runs the world until it is answered.
    private func answer<Value>(
        _ call: (@escaping (Result<Value, LogError>) -> Void) -> Void
    ) throws(LogError) -> Value {
        var result: Result<Value, LogError>?
        call { result = $0 }
        while result == nil, consumer.host.timeline.step() {}
        guard let result else { throw LogError(.other, "the world ended before a call was answered") }
        return try result.get()
    }
}
