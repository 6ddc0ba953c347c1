import EventLog
import KafkaProtocol
import TestProcesses
import Testing
import WireClient

/// Sequence numbers of idempotent producers (KIP-98).
@Suite("Idempotence") struct IdempotenceTests {
    @Test("a batch that comes again is written once, and gets the same offset")
    func duplicates() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let producer = try WireProducer(stage.client()).initialize()
            let first = producer.owner(place)
            try producer.produce(["a", "b"], to: place)
            try producer.produce(["c"], to: place)
            for _ in 0..<3 {
                let again = try producer.cluster.produce([Draft("a"), Draft("b")], to: place, as: first)
                #expect(again.errorCode == .none)
                #expect(again.baseOffset == 0)
            }
            #expect(try stage.client().read(place, .readUncommitted).values == ["a", "b", "c"])
        }
    }

    @Test("the last five batches are known")
    func fiveBatches() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let producer = try WireProducer(stage.client()).initialize()
            var owners: [BatchOwner] = []
            for number in 0..<7 {
                owners.append(producer.owner(place))
                try producer.produce(["\(number)"], to: place)
            }
            for number in 2..<7 {
                let again = try producer.cluster.produce([Draft("\(number)")], to: place, as: owners[number])
                #expect(again.errorCode == .none)
                #expect(again.baseOffset == Int64(number))
            }
            let old = try producer.cluster.produce([Draft("1")], to: place, as: owners[1])
            #expect([.outOfOrderSequenceNumber, .duplicateSequenceNumber].contains(old.errorCode))
            #expect(try stage.client().read(place, .readUncommitted).records.count == 7)
        }
    }

    @Test("a gap in the sequence is refused, and the producer can go on where it was")
    func gaps() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let producer = try WireProducer(stage.client()).initialize()
            try producer.produce(["a"], to: place)
            var ahead = producer.owner(place)
            ahead.sequence += 1
            let gap = try producer.cluster.produce([Draft("c")], to: place, as: ahead)
            #expect(gap.errorCode == .outOfOrderSequenceNumber)
            try producer.produce(["b"], to: place)
            try producer.produce(["c"], to: place)
            #expect(try stage.client().read(place, .readUncommitted).values == ["a", "b", "c"])
        }
    }

    @Test("batches on their way at once are written in order")
    func pipelined() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let producer = try WireProducer(stage.client()).initialize()
            let connection = try producer.cluster.leader(place)
            var pending: [Connection.Pending<ProduceRequest>] = []
            for number in 0..<5 {
                let draft = [Draft("\(number)")]
                pending.append(
                    try producer.cluster.send(draft, to: place, as: producer.owner(place), over: connection))
                producer.advance(place, by: 1)
            }
            for (number, request) in pending.enumerated() {
                let written = try Cluster.written(connection.receive(request))
                #expect(written.errorCode == .none)
                #expect(written.baseOffset == Int64(number))
            }
        }
    }

    @Test("sequence numbers begin anew with an epoch")
    func newEpoch() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let producer = try stage.producer(stage.transactionalID())
            try producer.transact(["a"], to: place)
            try producer.produce(["b"], to: place)
            try producer.end(.commit)
            try producer.initialize()
            try producer.add([place])
            var wrong = producer.owner(place)
            wrong.sequence = 2
            #expect(
                try producer.cluster.produce([Draft("x")], to: place, as: wrong).errorCode
                    == .outOfOrderSequenceNumber)
            try producer.produce(["c"], to: place)
            try producer.end(.commit)
            let reader = try stage.client()
            try expectStable(reader, place, upTo: 5)
            #expect(try reader.read(place, .readCommitted).values == ["a", "b", "c"])
        }
    }

    @Test("a batch with a wrong checksum is refused")
    func corrupt() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let client = try stage.client()
            var batch = RecordBatchWriter.batch([
                BatchRecord(offset: 0, timestamp: Draft.now, key: nil, value: Array("value".utf8))
            ])
            batch[batch.count - 3] ^= 1
            let partition = ProduceRequest.Partition(partitionIndex: 0, records: batch)
            let answer = try client.leader(place).call(
                ProduceRequest(
                    transactionalID: nil, acks: -1, timeoutMs: 30_000,
                    topics: [ProduceRequest.Topic(name: place.topic, partitions: [partition])]))
            #expect(try Cluster.written(answer).errorCode == .corruptMessage)
            #expect(try client.end(of: place) == 0)
        }
    }

    @Test("acknowledgements: none at all, or not a number that exists")
    func acknowledgements() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let client = try stage.client()
            let connection = try client.leader(place)
            func request(acks: Int16, _ value: String) -> ProduceRequest {
                let batch = RecordBatchWriter.batch([
                    BatchRecord(offset: 0, timestamp: Draft.now, key: nil, value: Array(value.utf8))
                ])
                let partition = ProduceRequest.Partition(partitionIndex: 0, records: batch)
                return ProduceRequest(
                    transactionalID: nil, acks: acks, timeoutMs: 30_000,
                    topics: [ProduceRequest.Topic(name: place.topic, partitions: [partition])])
            }
            // Nothing is answered: the next answer is the next request's.
            _ = try connection.send(request(acks: 0, "silent"))
            let written = try Cluster.written(connection.call(request(acks: 1, "loud")))
            #expect(written.errorCode == .none)
            #expect(written.baseOffset == 1)
            #expect(try Cluster.written(connection.call(request(acks: 2, "odd"))).errorCode == .invalidRequiredAcks)
            #expect(try client.read(place, .readUncommitted).values == ["silent", "loud"])
        }
    }
}
