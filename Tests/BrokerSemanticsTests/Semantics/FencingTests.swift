import EventLog
import KafkaProtocol
import TestProcesses
import Testing
import WireClient

/// Two that believe to be the same producer.
@Suite("Fencing of producers") struct FencingTests {
    @Test("a producer is killed within a transaction; its successor aborts it, and ghosts never appear")
    func killedWithinTransaction() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let id = stage.transactionalID()
            let killed = try stage.producer(id)
            try killed.transact(["ghost 1", "ghost 2"], to: place)
            killed.cluster.drop()
            let reader = try stage.client()
            #expect(try reader.read(place, .readCommitted).lastStableOffset == 0)

            let successor = WireProducer(try stage.client(), transactionalID: id)
            // Either the broker aborts the old transaction first and wants to be asked again, or it is done by then.
            let first = try successor.tryInitialize()
            #expect([.none, .concurrentTransactions].contains(first.errorCode))
            if first.errorCode != .none { try successor.initialize() }
            #expect(successor.producerID != killed.producerID || successor.epoch > killed.epoch)
            // The successor's commit is not the ghosts'.
            try successor.transact(["alive"], to: place)
            try successor.end(.commit)
            try expectStable(reader, place, upTo: 5)
            #expect(try reader.read(place, .readCommitted).values == ["alive"])
            #expect(try reader.read(place, .readUncommitted).values == ["ghost 1", "ghost 2", "alive"])
        }
    }

    @Test("a successor without a transaction of its own sets the partition free")
    func successorWithoutTransaction() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let id = stage.transactionalID()
            let killed = try stage.producer(id)
            try killed.transact(["ghost"], to: place)
            killed.cluster.drop()
            let reader = try stage.client()
            try reader.write(["behind"], to: place)
            _ = try stage.producer(id)
            try expectStable(reader, place, upTo: 3)
            #expect(try reader.read(place, .readCommitted).values == ["behind"])
        }
    }

    @Test("a zombie that writes on after fencing is refused everywhere")
    func zombie() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let group = stage.group()
            let id = stage.transactionalID()
            let zombie = try stage.producer(id)
            try zombie.transact(["ghost"], to: place)
            let successor = try stage.producer(id)

            #expect(try ErrorCode.fenced.contains(zombie.tryProduce(["more"], to: place).errorCode))
            #expect(try ErrorCode.fenced.contains(zombie.tryAdd([place])))
            #expect(try ErrorCode.fenced.contains(zombie.tryAddOffsets(of: group)))
            #expect(try ErrorCode.fenced.contains(zombie.tryEnd(.commit)))
            #expect(try ErrorCode.fenced.contains(zombie.tryEnd(.abort)))

            try successor.transact(["alive"], to: place)
            // In the middle of the successor's transaction too.
            #expect(try ErrorCode.fenced.contains(zombie.tryProduce(["more"], to: place).errorCode))
            #expect(try ErrorCode.fenced.contains(zombie.tryEnd(.commit)))
            #expect(try ErrorCode.fenced.contains(zombie.tryEnd(.abort)))
            try successor.end(.commit)
            let reader = try stage.client()
            try expectStable(reader, place, upTo: 4)
            #expect(try reader.read(place, .readCommitted).values == ["alive"])
            #expect(try reader.read(place, .readUncommitted).values == ["ghost", "alive"])
        }
    }

    @Test("a zombie's offsets are refused")
    func zombieOffsets() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let group = stage.group()
            let id = stage.transactionalID()
            let zombie = try stage.producer(id)
            try zombie.commitOffset(5, of: place, group: group)
            let successor = try stage.producer(id)
            let error = try zombie.tryCommitOffset(6, of: place, group: group)
            // A broker that verifies transactions (KIP-890) may say that there is none.
            #expect(ErrorCode.fenced.union([.invalidTransactionState]).contains(error), "\(error)")
            try successor.commitOffset(7, of: place, group: group)
            try successor.end(.commit)
            let reader = try stage.client()
            let isCommitted = try poll(for: .seconds(20)) {
                try reader.committed(place, group: group, .stable).committedOffset == 7
            }
            #expect(isCommitted)
        }
    }

    @Test("a producer id that a transactional id does not have is refused")
    func wrongProducerID() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let producer = try stage.producer(stage.transactionalID())
            producer.producerID += 1_000_000
            #expect(try producer.tryAdd([place]) == .invalidProducerIDMapping)
            #expect(try producer.tryEnd(.commit) == .invalidProducerIDMapping)
            let unknown = WireProducer(try stage.client(), transactionalID: stage.transactionalID())
            (unknown.producerID, unknown.epoch) = (producer.producerID, 0)
            #expect(try unknown.tryAdd([place]) == .invalidProducerIDMapping)
        }
    }

    @Test("a transaction that is not open can't be ended, and its end may be repeated")
    func endingTwice() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let producer = try stage.producer(stage.transactionalID())
            #expect(try producer.tryEnd(.commit) == .invalidTransactionState)
            try producer.transact(["a"], to: place)
            try producer.end(.commit)
            // An answer may be lost: the same end again is fine, the other one is not.
            try producer.end(.commit)
            let other = try retrying(on: .transactionEnds) {
                try producer.tryEnd(.abort)
            } error: {
                $0
            }
            #expect(other == .invalidTransactionState)
            try producer.transact(["b"], to: place)
            try producer.end(.abort)
            try producer.end(.abort)
            let reader = try stage.client()
            try expectStable(reader, place, upTo: 4)
            #expect(try reader.read(place, .readCommitted).values == ["a"])
        }
    }

    @Test("a transaction's time-out above the broker's limit is refused")
    func longTimeout() async throws {
        try await BrokerUnderTest.test { stage in
            let producer = WireProducer(
                try stage.client(), transactionalID: stage.transactionalID(), timeoutMs: 2_000_000_000)
            #expect(try producer.tryInitialize().errorCode == .invalidTransactionTimeout)
        }
    }
}
