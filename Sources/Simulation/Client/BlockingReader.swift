package import EventLog

/// A `SimulatedReader` behind the port that real readers have: every call lets the whole world run until it is answered.
package final class BlockingReader: LogReader {
    package let reader: SimulatedReader

    package init(_ reader: SimulatedReader) { self.reader = reader }

    package func assign(_ positions: [TopicPartition: StartPosition]) throws(LogError) {
        try requireOpen("assign")
        reader.assign(positions)
    }

    package func poll(maxRecords: Int, timeout: Duration) throws(LogError) -> [LogRecord] {
        try reader.host.timeline.untilAnswered { reader.poll(maxRecords: maxRecords, timeout: timeout, then: $0) }
    }

    package func positions() throws(LogError) -> [TopicPartition: Int64] {
        try requireOpen("read positions")
        return reader.positions()
    }

    package func watermarks(_ partitions: [TopicPartition]) throws(LogError) -> [TopicPartition: Watermarks] {
        try reader.host.timeline.untilAnswered { reader.watermarks(partitions, then: $0) }
    }

    package func watermarks(
        _ partitions: [TopicPartition], within timeout: Duration
    ) throws(LogError) -> [TopicPartition: Watermarks] {
        try reader.host.timeline.untilAnswered {
            reader.watermarks(partitions, within: timeout.wholeMicroseconds, then: $0)
        }
    }

    package func partitionCount(of topic: String) throws(LogError) -> Int32? {
        try reader.host.timeline.untilAnswered { reader.partitionCount(of: topic, then: $0) }
    }

    package func clusterID() throws(LogError) -> String? {
        try reader.host.timeline.untilAnswered { reader.clusterID(then: $0) }
    }

    package func close() { reader.close() }

    private func requireOpen(_ doing: String) throws(LogError) {
        if reader.isClosed { throw LogError(.other, "\(doing): the reader is closed") }
    }
}

extension Timeline {
    /// Makes a call, and lets time pass until it is answered.
    func untilAnswered<Answer>(
        _ call: (@escaping (Result<Answer, LogError>) -> Void) -> Void
    ) throws(LogError) -> Answer {
        var result: Result<Answer, LogError>?
        call { result = $0 }
        while result == nil, step() {}
        guard let result else { throw LogError(.other, "the world ended before a call was answered") }
        return try result.get()
    }
}
