import EventLog
import KafkaProtocol
import TestProcesses
import Testing
import WireClient

/// Consumer offsets that are part of a transaction (KIP-98, KIP-447).
@Suite("Offsets in transactions") struct TransactionOffsetTests {
    @Test("offsets are pending until the transaction commits")
    func commit() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let group = stage.group()
            let reader = try stage.client()
            let producer = try stage.producer(stage.transactionalID())
            try producer.commitOffset(10, of: place, group: group)
            // Who wants to be sure is told to wait; who does not sees the last offset that was committed: none.
            #expect(try reader.committed(place, group: group, .stable).errorCode == .unstableOffsetCommit)
            #expect(try reader.committed(place, group: group).committedOffset == -1)
            try producer.end(.commit)
            try expectOffset(10, reader, place, group)

            try producer.commitOffset(20, of: place, group: group)
            #expect(try reader.committed(place, group: group, .stable).errorCode == .unstableOffsetCommit)
            #expect(try reader.committed(place, group: group).committedOffset == 10)
            try producer.end(.commit)
            try expectOffset(20, reader, place, group)
        }
    }

    @Test("offsets are gone when the transaction aborts")
    func abort() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let group = stage.group()
            let reader = try stage.client()
            #expect(try reader.group(group).commit(3, of: place, group: group) == .none)
            let producer = try stage.producer(stage.transactionalID())
            try producer.commitOffset(10, of: place, group: group)
            try producer.transact(["x"], to: place)
            try producer.end(.abort)
            try expectOffset(3, reader, place, group)
            #expect(try reader.committed(place, group: group).metadata == "note")
        }
    }

    @Test("a successor's start takes a dead producer's pending offsets away")
    func successor() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let group = stage.group()
            let id = stage.transactionalID()
            let killed = try stage.producer(id)
            try killed.commitOffset(10, of: place, group: group)
            killed.cluster.drop()
            let reader = try stage.client()
            #expect(try reader.committed(place, group: group, .stable).errorCode == .unstableOffsetCommit)
            _ = try stage.producer(id)
            try expectOffset(-1, reader, place, group)
        }
    }

    @Test("a member of an older generation, or of none, can't put offsets into a transaction")
    func staleMembers() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let group = stage.group()
            let member = try WireMember(stage.client(), group: group)
            try member.joinAlone()
            let producer = try stage.producer(stage.transactionalID())
            #expect(try producer.tryAddOffsets(of: group) == .none)
            func commit(_ membership: Membership) throws -> ErrorCode {
                try producer.tryCommitOffset(9, of: place, group: group, as: membership)
            }
            let current = member.membership
            var stale = current
            stale.generation -= 1
            #expect(try commit(stale) == .illegalGeneration)
            stale.generation += 2
            #expect(try commit(stale) == .illegalGeneration)
            var unknown = current
            unknown.id = "nobody"
            #expect(try commit(unknown) == .unknownMemberID)
            #expect(try commit(current) == .none)
            // Members come and go with the next generation.
            let second = try WireMember(stage.client(), group: group)
            let joining = try second.beginJoin()
            let isRebalancing = try poll(for: .seconds(10)) { try member.heartbeat() == .rebalanceInProgress }
            #expect(isRebalancing)
            try member.join()
            _ = try second.receiveJoin(joining)
            #expect(second.generation == current.generation + 1)
            #expect(try commit(current) == .illegalGeneration)
            try producer.end(.commit)
            try expectOffset(9, try stage.client(), place, group)
        }
    }

    @Test("a static member that was replaced can't put offsets into a transaction")
    func fencedInstance() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let group = stage.group()
            let old = try WireMember(stage.client(), group: group, instance: "worker-1")
            try old.joinAlone()
            let new = try WireMember(stage.client(), group: group, instance: "worker-1")
            try new.join()
            let producer = try stage.producer(stage.transactionalID())
            #expect(try producer.tryAddOffsets(of: group) == .none)
            func commit(_ membership: Membership) throws -> ErrorCode {
                try producer.tryCommitOffset(9, of: place, group: group, as: membership)
            }
            #expect(try commit(old.membership) == .fencedInstanceID)
            #expect(try commit(new.membership) == .none)
            try producer.end(.abort)
        }
    }

    @Test("pending offsets of two transactions are told apart")
    func twoTransactions() async throws {
        try await BrokerUnderTest.test { stage in
            let topic = try stage.topic(partitions: 2)
            let places = (0..<2).map { TopicPartition(topic: topic, partition: $0) }
            let group = stage.group()
            let first = try stage.producer(stage.transactionalID())
            let second = try stage.producer(stage.transactionalID())
            try first.commitOffset(1, of: places[0], group: group)
            try second.commitOffset(2, of: places[1], group: group)
            let reader = try stage.client()
            try first.end(.commit)
            try expectOffset(1, reader, places[0], group)
            #expect(try reader.committed(places[1], group: group, .stable).errorCode == .unstableOffsetCommit)
            try second.end(.abort)
            try expectOffset(-1, reader, places[1], group)
        }
    }

    private func expectOffset(
        _ offset: Int64, _ reader: Cluster, _ place: TopicPartition, _ group: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let isThere = try poll(for: .seconds(20)) {
            let found = try reader.committed(place, group: group, .stable)
            return found.errorCode == .none && found.committedOffset == offset
        }
        let found = try reader.committed(place, group: group, .stable)
        #expect(isThere, "\(found.committedOffset), \(found.errorCode)", sourceLocation: sourceLocation)
    }
}
