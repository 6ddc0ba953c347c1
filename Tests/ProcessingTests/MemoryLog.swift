import EventLog
import Messages
import Processing

/// A log in memory: enough of Kafka to run the workers on one thread. Transactions are atomic and leave a marker
/// behind, so that offsets have the gaps that they have in Kafka.
final class MemoryLog {
    let partitionCount: Int32 = 3
    private(set) var partitions: [TopicPartition: [LogRecord?]] = [:]
    var committed: [String: [TopicPartition: GroupOffset]] = [:]
    /// The first offset that a partition still has.
    private(set) var lows: [TopicPartition: Int64] = [:]

    func end(_ place: TopicPartition) -> Int64 { Int64(partitions[place]?.count ?? 0) }

    @discardableResult
    func append(_ record: OutgoingRecord) -> Int64 {
        let offset = end(record.topicPartition)
        partitions[record.topicPartition, default: []].append(
            LogRecord(
                topic: record.topic, partition: record.partition, offset: offset, timestampMilliseconds: 0,
                key: record.key, value: record.value, headers: record.headers))
        return offset
    }

    func low(_ place: TopicPartition) -> Int64 { lows[place] ?? 0 }

    /// All that a topic has is trimmed away.
    func trim(_ topic: Topic) {
        for partition in 0..<partitionCount {
            let place = TopicPartition(topic: topic.rawValue, partition: partition)
            lows[place] = end(place)
            for index in (partitions[place] ?? []).indices { partitions[place]?[index] = nil }
        }
    }

    /// A topic is deleted, and made anew.
    func remake(_ topic: Topic) {
        for place in partitions.keys where place.topic == topic.rawValue { partitions[place] = nil }
    }

    /// As somebody else does: a stranger in the group, or a tool.
    func set(_ next: (TopicPartition) -> Int64, of group: ConsumerGroup, metadata: String = "") {
        for topic in group.inputs {
            for partition in 0..<partitionCount {
                let place = TopicPartition(topic: topic.rawValue, partition: partition)
                committed[group.rawValue, default: [:]][place] = GroupOffset(next: next(place), metadata: metadata)
            }
        }
    }

    /// All groups are to read everything once more.
    func rewind() {
        for group in ConsumerGroup.allCases { set(low, of: group, metadata: OffsetMark.of("operator")) }
    }

    /// What our instances commit with each offset.
    var marks: [ConsumerGroup: String] = [:]

    /// As an instance of ours does.
    func commit(_ offsets: [TopicPartition: Int64], of group: ConsumerGroup) {
        let marked = offsets.mapValues { GroupOffset(next: $0, metadata: marks[group] ?? OffsetMark.of("memory")) }
        committed[group.rawValue, default: [:]].merge(marked) { $1 }
    }

    func appendMarker(_ place: TopicPartition) { partitions[place, default: []].append(nil) }

    /// Of each key, the last record alone stays.
    func compact(_ topic: Topic) {
        for place in partitions.keys where place.topic == topic.rawValue {
            var kept: Set<[UInt8]> = []
            for index in (partitions[place] ?? []).indices.reversed() {
                guard let key = partitions[place]?[index]?.key, !kept.insert(key).inserted else { continue }
                partitions[place]?[index] = nil
            }
        }
    }

    func records(_ topic: Topic) -> [LogRecord] {
        (0..<partitionCount).flatMap { partition in
            (partitions[TopicPartition(topic: topic.rawValue, partition: partition)] ?? []).compactMap { $0 }
        }
    }

    func read(_ place: TopicPartition, from offset: Int64, limit: Int) -> ([LogRecord], next: Int64) {
        let all = partitions[place] ?? []
        let slice = all[min(Int(offset), all.count)..<min(Int(offset) + limit, all.count)]
        return (slice.compactMap { $0 }, Int64(slice.endIndex))
    }

    /// Everything that was written, by topic and id, with its data: what a reader sees that drops repeats.
    func distinct(_ topic: Topic) -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for record in records(topic) {
            guard let value = record.value, let object = try? JSONObject(value), let id = object.text("id"),
                let data = object.object("data")
            else { continue }
            if found[id] == nil { found[id] = Array(data.bytes[data.range]) }
        }
        return found
    }

    func messages<Body>(_ topic: Topic, _: Body.Type) -> [Message<Body>] {
        records(topic).compactMap { try? Message<Body>(decoding: $0.value) }
    }

    var size: Int { partitions.values.reduce(0) { $0 + $1.count } }
}

/// A group with one member, who gets everything at the first poll.
final class MemoryConsumer: GroupConsumer {
    private let log: MemoryLog
    private let group: ConsumerGroup
    private var positions: [TopicPartition: Int64]?
    private var isAssigned = false
    private(set) var idlePolls = 0
    /// How many records a poll gives at most: small batches make more boundaries to fail at.
    private let batchLimit: Int
    /// Between partitions there is no order: which one a poll begins with, of so many.
    private let first: (Int) -> Int
    private let isRefused: () -> Bool

    init(
        log: MemoryLog, group: ConsumerGroup, batchLimit: Int, first: @escaping (Int) -> Int,
        isRefused: @escaping () -> Bool
    ) {
        self.log = log
        self.group = group
        self.batchLimit = batchLimit
        self.first = first
        self.isRefused = isRefused
    }

    private var places: [TopicPartition] {
        group.inputs.flatMap { topic in
            (0..<log.partitionCount).map { TopicPartition(topic: topic.rawValue, partition: $0) }
        }
    }

    func poll(maxRecords: Int, timeout: Duration) throws(LogError) -> PollResult {
        guard isAssigned else {
            isAssigned = true
            return .assigned(places)
        }
        var found: [LogRecord] = []
        let places = places
        let begin = first(places.count)
        for place in places[begin...] + places[..<begin] {
            guard found.count < batchLimit, let from = positions?[place] else { continue }
            if from < log.low(place) { throw LogError(.offsetOutOfRange, "offset \(from) is gone", place: place) }
            let (records, next) = log.read(place, from: from, limit: batchLimit - found.count)
            positions?[place] = next
            found += records
        }
        // Who has not taken everything yet is not idle.
        idlePolls = found.isEmpty && positions?.count == places.count ? idlePolls + 1 : 0
        return .records(found)
    }

    func heartbeat() throws(LogError) -> Bool { false }

    func assign(_ positions: [TopicPartition: StartPosition]) throws(LogError) {
        self.positions = positions.mapValues { start in
            if case .offset(let offset) = start { offset } else { 0 }
        }
    }

    func unassign() throws(LogError) { positions = nil }

    func committed(
        _ partitions: [TopicPartition], within timeout: Duration
    ) throws(LogError) -> [TopicPartition: GroupOffset] {
        (log.committed[group.rawValue] ?? [:]).filter { partitions.contains($0.key) }
    }

    func commit(_ offsets: [TopicPartition: Int64]) throws(LogError) {
        if isRefused() { throw LogError(.notAuthorized, "the group has other members") }
        log.commit(offsets, of: group)
    }

    func close() {}
}

final class MemoryReader: LogReader {
    private let log: MemoryLog
    /// Called before each question: someone else may write in between.
    private let before: () -> Void
    private let failure: (TopicPartition) -> LogError?
    private var read: [TopicPartition: Int64] = [:]

    init(
        log: MemoryLog, before: @escaping () -> Void = {},
        failure: @escaping (TopicPartition) -> LogError? = { _ in nil }
    ) {
        self.log = log
        self.before = before
        self.failure = failure
    }

    func assign(_ positions: [TopicPartition: StartPosition]) throws(LogError) {
        for place in positions.keys { if let error = failure(place) { throw error } }
        read = positions.mapValues { start in
            if case .offset(let offset) = start { offset } else { 0 }
        }
    }

    func poll(maxRecords: Int, timeout: Duration) throws(LogError) -> [LogRecord] {
        before()
        var found: [LogRecord] = []
        for place in read.keys.sorted() {
            let (records, next) = log.read(place, from: read[place] ?? 0, limit: 7)
            read[place] = next
            found += records
        }
        return found
    }

    func positions() throws(LogError) -> [TopicPartition: Int64] { read }

    func watermarks(_ partitions: [TopicPartition]) throws(LogError) -> [TopicPartition: Watermarks] {
        before()
        return Dictionary(
            uniqueKeysWithValues: partitions.map { ($0, Watermarks(low: log.low($0), high: log.end($0))) })
    }

    func watermarks(
        _ partitions: [TopicPartition], within timeout: Duration
    ) throws(LogError) -> [TopicPartition: Watermarks] { try watermarks(partitions) }

    func partitionCount(of topic: String) throws(LogError) -> Int32? { log.partitionCount }
    func clusterID() throws(LogError) -> String? { "memory" }
    func close() {}
}

/// Where a run is cut short. Each is one of the places between two durable steps.
enum Cut: CaseIterable {
    case none
    /// Before anything of the batch is written.
    case beforeKafka
    /// `at-least-once`: of what is written at once, book or not, only the first half is.
    case amid
    /// `at-least-once`: the book is written, the rest is not.
    case afterBook
    /// `at-least-once`: all is written, the offsets are not.
    case beforeOffsets
    /// Kafka has it all, the store does not.
    case beforeStore
}

/// Counts down to the batch at which the run is cut.
final class Scissors {
    let cut: Cut
    private var left: Int
    init(_ cut: Cut, afterBatches count: Int) {
        self.cut = cut
        left = count
    }
    func fires(_ here: Cut) -> Bool {
        guard here == cut else { return false }
        left -= 1
        return left < 0
    }
    static var error: LogError { LogError(.notAuthorized, "the run was cut here") }
}

final class MemoryProducer: BatchProducer, TransactionalProducer {
    private let log: MemoryLog
    private let scissors: Scissors
    private let book: Topic?
    private let group: ConsumerGroup
    /// Called before a batch is written, and before what is no book: someone else may write first.
    private let before: () -> Void
    private let beforeOthers: () -> Void

    init(
        log: MemoryLog, group: ConsumerGroup, book: Topic?, scissors: Scissors, before: @escaping () -> Void,
        beforeOthers: @escaping () -> Void
    ) {
        self.log = log
        self.group = group
        self.book = book
        self.scissors = scissors
        self.before = before
        self.beforeOthers = beforeOthers
    }

    func initialize() throws(LogError) {}

    func transact(
        _ records: [OutgoingRecord], offsets: [TopicPartition: Int64], of consumer: any GroupConsumer
    ) -> TransactionResult {
        if scissors.fires(.beforeKafka) { return .fenced(Scissors.error) }
        let written = records.map(log.append)
        for place in Set(records.map(\.topicPartition)).sorted() { log.appendMarker(place) }
        log.commit(offsets, of: group)
        return .committed(written)
    }

    func produce(_ records: [OutgoingRecord]) throws(LogError) -> [Int64] {
        let isBook = records.first?.topic == book?.rawValue
        if isBook || book == nil, scissors.fires(.beforeKafka) { throw Scissors.error }
        if isBook { before() }
        if !isBook { beforeOthers() }
        if !isBook, scissors.fires(.afterBook) { throw Scissors.error }
        if scissors.fires(.amid) {
            for record in records.prefix(records.count / 2) { log.append(record) }
            throw Scissors.error
        }
        let written = records.map(log.append)
        if !isBook, scissors.fires(.beforeOffsets) { throw Scissors.error }
        return written
    }

    func close() {}
}

/// A store that stops working when the run is cut before it.
final class CuttableStore: PartitionStateStore {
    private let store: InMemoryStateStore
    private let scissors: Scissors
    init(_ store: InMemoryStateStore, _ scissors: Scissors) {
        self.store = store
        self.scissors = scissors
    }
    func positions(partition: Int32) -> [String: Int64] { store.positions(partition: partition) }
    func value(table: StateTable, partition: Int32, key: [UInt8]) -> [UInt8]? {
        store.value(table: table, partition: partition, key: key)
    }
    func entries(table: StateTable, partition: Int32, through bound: [UInt8], limit: Int)
        -> [(key: [UInt8], value: [UInt8])]
    { store.entries(table: table, partition: partition, through: bound, limit: limit) }
    func commit(_ changes: [PartitionChanges]) throws(StateStoreError) {
        if scissors.fires(.beforeStore) { throw StateStoreError(.io, "the run was cut here") }
        store.commit(changes)
    }
    func wipe(partition: Int32, rows: Int) -> Bool { store.wipe(partition: partition, rows: rows) }
    func close() {}
}

final class SilentObserver: ProcessingObserver {
    var counts: [ProcessingCount: Int] = [:]
    func count(_ event: ProcessingCount, topic: Topic, by amount: Int) { counts[event, default: 0] += amount }
    func batch(records: Int, outputs: Int) {}
    func took(_ phase: BatchPhase, seconds: Double) {}
    func note(_ level: ProcessingNoteLevel, _ message: String, _ details: [String: String]) {}
    func standing(_ standing: WorkerStanding) {}
    func proving() {}
    func proved() {}
    var onAdoption: (Int64) -> Void = { _ in }
    func adopted(revision: Int64) { onAdoption(revision) }
}
