import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// Records: taken or refused, found by time, deleted, compacted.
@Suite struct RecordTests {
    private let world = BrokerWorld(BrokerConfiguration(logCheckInterval: 1_000))
    private let place = BrokerWorld.place()

    init() throws { try world.createTopic() }

    @Test func batchesThatAreNotGoodAreRefused() throws {
        let good = LogTestHost.batch(LogTestHost.records(["a"]))
        var corrupt = good
        corrupt[corrupt.count - 1] ^= 1
        #expect(try world.produce(bytes: corrupt).errorCode == .corruptMessage)
        #expect(try world.produce(bytes: Array(good.dropLast())).errorCode == .corruptMessage)
        #expect(try world.produce(bytes: []).errorCode == .invalidRecord)
        #expect(try world.produce(bytes: good + good).errorCode == .invalidRecord)
        #expect(try world.produce(bytes: good + good, version: 2).errorCode == .none)
        var old = [UInt8](repeating: 0, count: 40)
        old[16] = 1
        #expect(try world.produce(bytes: old, version: 2).errorCode == .unsupportedForMessageFormat)
        #expect(try world.produce(bytes: old).errorCode == .invalidRecord)
        #expect(try world.produce(bytes: good, acks: 2).errorCode == .invalidRequiredAcks)
        #expect(try world.produce(bytes: good, to: BrokerWorld.place(1)).errorCode == .unknownTopicOrPartition)
        #expect(try world.produce(bytes: good, acks: 1).baseOffset == 2)
        #expect(try world.consume(place, .readUncommitted) == ["a", "a", "a"])
    }

    @Test func nobodyIsAnsweredWithoutAcks() throws {
        let records = LogTestHost.batch(LogTestHost.records(["a"]))
        let request = ProduceRequest(
            acks: 0, topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, records: records)])])
        let token = try world.send(request)
        #expect(world.isAnswered(token))
        #expect(try world.answer(token, as: ProduceResponse.self) == nil)
        #expect(try world.consume() == ["a"])
    }

    @Test func theRecordAtFaultIsNamed() throws {
        try world.createTopic("c", configs: ["cleanup.policy": "compact"])
        var records = LogTestHost.records(["a", "b", "c"])
        records[1].key = nil
        let refused = try world.produce(bytes: LogTestHost.batch(records), to: BrokerWorld.place(topic: "c"))
        #expect(refused.errorCode == .invalidRecord)
        #expect(refused.recordErrors.map(\.batchIndex) == [1])
    }

    @Test func offsetsAreFoundByTime() throws {
        #expect(try world.offset(place, 0).offset == -1)
        #expect(try world.offset(place, -3).offset == -1)
        for (number, time) in [100, 300, 200, 400].enumerated() {
            try world.produce(["\(number)a", "\(number)b"], at: Int64(time))
        }
        func found(_ time: Int64) throws -> [Int64] {
            let answer = try world.offset(place, time)
            return [answer.offset, answer.timestamp]
        }
        #expect(try found(-2) == [0, -1])
        #expect(try found(-1) == [8, -1])
        #expect(try found(-3) == [6, 400])
        #expect(try found(0) == [0, 100])
        #expect(try found(101) == [2, 300])
        #expect(try found(301) == [6, 400])
        #expect(try found(401) == [-1, -1])
        #expect(try world.offset(place, .min).errorCode == .unsupportedVersion)
        #expect(try world.offset(BrokerWorld.place(3), -1).errorCode == .unknownTopicOrPartition)
        let partition = ListOffsetsRequest.Partition(partitionIndex: 0, timestamp: -1)
        let twice = ListOffsetsRequest(topics: [.init(name: "t", partitions: [partition, partition])])
        #expect(try world.call(twice).topics[0].partitions.map(\.errorCode) == [.none, .invalidRequest])
    }

    @Test func anOpenTransactionHidesWhatIsBehindIt() throws {
        try world.produce(["a"], at: 100)
        var producer = try world.producer("tx")
        #expect(try world.add([place], to: producer) == [.none])
        world.now = 200
        try world.produce(["b"], by: &producer)
        #expect(try world.offset(place, 150, .readCommitted).offset == -1)
        #expect(try world.offset(place, 150).offset == 1)
    }

    @Test func theOneEpochEndsAtTheEnd() throws {
        try world.produce(["a", "b"])
        func end(_ epoch: Int32, current: Int32 = -1) throws -> OffsetForLeaderEpochResponse.Partition {
            let partition = OffsetForLeaderEpochRequest.Partition(
                partitionIndex: 0, currentLeaderEpoch: current, leaderEpoch: epoch)
            let request = OffsetForLeaderEpochRequest(topics: [.init(name: "t", partitions: [partition])])
            return try world.call(request).topics[0].partitions[0]
        }
        #expect(try end(0).endOffset == 2)
        #expect(try end(1).endOffset == -1)
        #expect(try end(0, current: 1).errorCode == .unknownLeaderEpoch)
    }

    @Test func recordsAreDeletedUpToAnOffset() throws {
        for text in ["a", "b", "c"] { try world.produce([text]) }
        func delete(_ offset: Int64, _ partition: Int32 = 0) throws -> DeleteRecordsResponse.Partition {
            let topic = DeleteRecordsRequest.Topic(
                name: "t", partitions: [.init(partitionIndex: partition, offset: offset)])
            return try world.call(DeleteRecordsRequest(topics: [topic])).topics[0].partitions[0]
        }
        #expect(try delete(2).lowWatermark == 2)
        #expect(world.disk.logs[place]?.count == 1)
        #expect(try world.consume() == ["c"])
        #expect(try world.fetch(from: 1).errorCode == .offsetOutOfRange)
        #expect(try delete(4).errorCode == .offsetOutOfRange)
        #expect(try delete(.min).errorCode == .offsetOutOfRange)
        #expect(try delete(0, 5).errorCode == .unknownTopicOrPartition)
        #expect(try delete(-1).lowWatermark == 3)
        try world.restart()
        #expect(try world.offset(place, -2).offset == 3)
        #expect(try world.produce(["d"]).baseOffset == 3)
    }

    @Test func oldRecordsGoWithTime() throws {
        try world.createTopic("old", configs: ["retention.ms": "5000", "segment.ms": "1"])
        let old = BrokerWorld.place(topic: "old")
        try world.produce(["a"], to: old)
        world.pass(10)
        try world.produce(["b"], to: old)
        world.pass(3_000)
        try world.produce(["c"], to: old)
        world.pass(4_000)
        #expect(try world.consume(old) == ["c"])
        #expect(world.disk.logs[old]?.count == 1)
    }

    @Test func compactionKeepsTheLastValueAndHonoursTombstones() throws {
        let configs = [
            "cleanup.policy": "compact", "segment.ms": "1", "min.cleanable.dirty.ratio": "0",
            "delete.retention.ms": "2000",
        ]
        try world.createTopic("c", configs: configs)
        let compacted = BrokerWorld.place(topic: "c")
        func put(_ key: String, _ value: String?) throws {
            let record = BatchRecord(
                offset: 0, timestamp: world.now, key: Array(key.utf8), value: value.map { Array($0.utf8) })
            #expect(try world.produce(bytes: LogTestHost.batch([record]), to: compacted).errorCode == .none)
            world.pass(10)
        }
        func values() throws -> [String] {
            let bytes = try world.fetch(compacted).records ?? []
            var start = 0
            var found: [String] = []
            while start < bytes.count {
                let section = try RecordSection(bytes, at: start)
                for record in try section.records() {
                    let value = record.value.map { String(decoding: $0, as: UTF8.self) } ?? "-"
                    found.append("\(String(decoding: record.key ?? [], as: UTF8.self))=\(value)")
                }
                start += section.header.sizeInBytes
            }
            return found
        }
        for number in 0..<5 { try put("k", "\(number)") }
        try put("dead", "x")
        try put("dead", nil)
        try put("end", "1")
        world.pass(1_100)
        #expect(try values() == ["k=4", "dead=-", "end=1"])
        // The tombstone's time is over, but it goes only when there is something to compact again.
        world.pass(3_000)
        #expect(try values() == ["k=4", "dead=-", "end=1"])
        try put("end", "2")
        try put("last", "1")
        world.pass(1_100)
        #expect(try values() == ["k=4", "end=2", "last=1"])
        try world.restart()
        #expect(try values() == ["k=4", "end=2", "last=1"])
        #expect(try world.offset(compacted, -1).offset == 10)
    }
}
