import EventLog

// What several cases do. Short waits: `poll` of a log in virtual time costs nothing, that of a real one its timeout.

extension EventLogUnderTest {
    func wait(
        _ what: String, fileID: String = #fileID, filePath: String = #filePath, line: Int = #line,
        until condition: () throws -> Bool
    ) throws {
        guard try !comesTrue(condition) else { return }
        throw Here(fileID: fileID, filePath: filePath, line: line).violation("not in time: \(what)")
    }

    /// Creates a topic; returns its partitions.
    func places(_ short: String, _ partitions: Int32 = 1) throws -> [TopicPartition] {
        let topic = name(short)
        try createTopic(topic, partitions: partitions)
        return (0..<partitions).map { TopicPartition(topic: topic, partition: $0) }
    }

    func place(_ short: String) throws -> TopicPartition {
        try require(places(short, 1).first, "a topic has a partition")
    }

    @discardableResult
    func write(_ records: [OutgoingRecord]) throws -> [Int64] {
        let producer = try makeProducer()
        defer { producer.close() }
        return try producer.produce(records)
    }

    func consumer(
        _ group: String, _ topics: [String], urgent: [String] = [], instance: String? = nil
    ) throws -> any GroupConsumer {
        try makeConsumer(group: name(group), topics: topics, urgentTopics: urgent, instanceID: instance)
    }

    /// A member that has taken what its group gave it, from the beginning: all there is of these topics.
    func member(_ group: String, _ topics: [String], instance: String? = nil) throws -> any GroupConsumer {
        let member = try consumer(group, topics, instance: instance)
        do { try take(assignment(of: member), by: member) } catch {
            member.close()
            throw error
        }
        return member
    }

    /// A producer that is ready for transactions.
    func transactional(_ id: String) throws -> any TransactionalProducer {
        let producer = try makeTransactionalProducer(id: name(id))
        do { try producer.initialize() } catch {
            producer.close()
            throw error
        }
        return producer
    }

    /// Polls until the group gave partitions; returns them, sorted, not yet taken.
    func assignment(
        of member: any GroupConsumer, fileID: String = #fileID, filePath: String = #filePath, line: Int = #line
    ) throws -> [TopicPartition] {
        var found: [TopicPartition]?
        try wait("an assignment", fileID: fileID, filePath: filePath, line: line) {
            switch try member.poll(maxRecords: 100, timeout: .milliseconds(100)) {
            case .assigned(let places): found = places.sorted()
            case .revoked: try member.unassign()
            case .records: break
            }
            return found != nil
        }
        return found ?? []
    }

    /// Takes partitions, from the beginning.
    func take(_ places: [TopicPartition], by member: any GroupConsumer) throws {
        try member.assign(Dictionary(uniqueKeysWithValues: places.map { ($0, .earliest) }))
    }

    /// Polls until so many records came. No news of the group may come meanwhile.
    func read(
        _ count: Int, by member: any GroupConsumer, maxRecords: Int = 1_000, fileID: String = #fileID,
        filePath: String = #filePath, line: Int = #line
    ) throws -> [LogRecord] {
        var result: [LogRecord] = []
        try wait("\(count) records", fileID: fileID, filePath: filePath, line: line) {
            let answer = try member.poll(maxRecords: maxRecords, timeout: .milliseconds(200))
            guard case .records(let records) = answer else {
                throw Here(fileID: fileID, filePath: filePath, line: line)
                    .violation("a member alone is left alone", seen: "\(answer)")
            }
            result += records
            return result.count >= count
        }
        return result
    }

    func read(
        _ count: Int, by reader: any LogReader, fileID: String = #fileID, filePath: String = #filePath,
        line: Int = #line
    ) throws -> [LogRecord] {
        var result: [LogRecord] = []
        try wait("\(count) records", fileID: fileID, filePath: filePath, line: line) {
            result += try reader.poll(maxRecords: 1_000, timeout: .milliseconds(200))
            return result.count >= count
        }
        return result
    }

    /// Polls until the positions have reached these ends; returns what was read.
    func read(
        upTo ends: [TopicPartition: Int64], by reader: any LogReader, fileID: String = #fileID,
        filePath: String = #filePath, line: Int = #line
    ) throws -> [LogRecord] {
        var result: [LogRecord] = []
        try wait("positions reach \(ends)", fileID: fileID, filePath: filePath, line: line) {
            result += try reader.poll(maxRecords: 1_000, timeout: .milliseconds(200))
            let positions = try reader.positions()
            return ends.allSatisfy { (positions[$0.key] ?? -1) >= $0.value }
        }
        return result
    }

    /// All that is to be seen of a partition up to the end that it has now: what every user of a log does to catch up.
    func everything(in place: TopicPartition) throws -> [LogRecord] {
        let reader = try makeReader()
        defer { reader.close() }
        let end = try highWatermark(of: place, by: reader)
        try reader.assign([place: .earliest])
        return try read(upTo: [place: end], by: reader)
    }

    func highWatermark(of place: TopicPartition, by reader: any LogReader) throws -> Int64 {
        try require(reader.watermarks([place])[place], "the watermarks of \(place)").high
    }
}

func numbered(_ place: TopicPartition, _ numbers: Range<Int>) -> [OutgoingRecord] {
    numbers.map {
        OutgoingRecord(
            topic: place.topic, partition: place.partition, key: Array("k\($0)".utf8), value: Array("v\($0)".utf8))
    }
}

/// The values that `numbered` gives.
func values(_ numbers: Range<Int>) -> [String] { numbers.map { "v\($0)" } }

func texts(_ records: [LogRecord]) -> [String] {
    records.map { String(decoding: $0.value ?? [], as: UTF8.self) }
}

/// A record that no log takes. Its bytes are such that compression does not make it small.
func tooLarge(_ place: TopicPartition) -> OutgoingRecord {
    var state: UInt32 = 1
    let bytes = (0..<1_500_000).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(truncatingIfNeeded: state >> 24)
    }
    return OutgoingRecord(topic: place.topic, partition: place.partition, key: nil, value: bytes)
}

extension TransactionResult {
    /// The offsets of what was committed.
    func committed(
        _ what: String, fileID: String = #fileID, filePath: String = #filePath, line: Int = #line
    ) throws -> [Int64] {
        if case .committed(let offsets) = self { return offsets }
        throw Here(fileID: fileID, filePath: filePath, line: line)
            .violation(what, expected: "committed", seen: "\(self)")
    }

    /// The error of what was surely aborted, which must be one of these.
    @discardableResult
    func aborted(
        _ codes: LogError.Code..., what: String, fileID: String = #fileID, filePath: String = #filePath,
        line: Int = #line
    ) throws -> LogError {
        if case .aborted(let error) = self, codes.contains(error.code) { return error }
        let expected = "aborted, \(codes.map(\.rawValue).joined(separator: " or "))"
        throw Here(fileID: fileID, filePath: filePath, line: line).violation(what, expected: expected, seen: "\(self)")
    }
}
