import EventLog
import KafkaProtocol
import TestProcesses
import Testing
import WireClient

/// Static members (KIP-345) and cooperative rebalancing (KIP-429).
@Suite("Static and cooperative members") struct MembershipTests {
    @Test("a static member that starts again takes its place over without a rebalance")
    func replaced() async throws {
        try await BrokerUnderTest.test { stage in
            let group = stage.group()
            let place = try stage.place()
            let other = try WireMember(stage.client(), group: group, instance: "worker-1")
            try other.joinAlone()
            let old = try WireMember(stage.client(), group: group, instance: "worker-2")
            let answers = try rebalance(other, old)
            // Whoever was there first leads.
            #expect(answers.second.leader == other.id)
            let waiting = try old.sendSync()
            #expect(try other.sync([other.id: [1], old.id: [2]]).errorCode == .none)
            #expect(try old.connection.receive(waiting).assignment == [2])
            let generation = old.generation

            let new = try WireMember(stage.client(), group: group, instance: "worker-2")
            let answer = try new.receiveJoin(new.sendJoin())
            #expect(answer.errorCode == .none)
            #expect(answer.generationID == generation)
            #expect(new.id != old.id)
            #expect(try new.sync().assignment == [2])
            // Nobody else notices.
            #expect(try other.heartbeat() == .none)
            // The old one is out for good.
            #expect(try old.heartbeat() == .fencedInstanceID)
            #expect(try old.commit(1, of: place) == .fencedInstanceID)
            #expect(try old.sync().errorCode == .fencedInstanceID)
            #expect(try old.receiveJoin(old.sendJoin()).errorCode == .fencedInstanceID)
            #expect(try new.heartbeat() == .none)
            #expect(try new.commit(1, of: place) == .none)
        }
    }

    @Test("a static member that closes its connection stays; removed by its instance it goes")
    func removal() async throws {
        try await BrokerUnderTest.test { stage in
            let group = stage.group()
            let member = try WireMember(stage.client(), group: group, instance: "worker-1")
            try member.joinAlone()
            member.connection.close()
            let client = try stage.client()
            let coordinator = try client.group(group)
            func state() throws -> String? {
                try coordinator.call(DescribeGroupsRequest(groupIDs: [group])).groups.first?.groupState
            }
            #expect(try state() == "Stable")
            let gone = try coordinator.call(
                LeaveGroupRequest(
                    groupID: group, members: [LeaveGroupRequest.Member(memberID: "", groupInstanceID: "worker-1")]))
            #expect(gone.errorCode == .none)
            #expect(gone.members.first?.errorCode == ErrorCode.none)
            #expect(try state() == "Empty")
            let again = try coordinator.call(
                LeaveGroupRequest(
                    groupID: group, members: [LeaveGroupRequest.Member(memberID: "", groupInstanceID: "worker-1")]))
            #expect(again.members.first?.errorCode == .unknownMemberID)
        }
    }

    @Test("two cooperative members: one gives up a partition in a generation, the other gets it in the next")
    func cooperative() async throws {
        try await BrokerUnderTest.test { stage in
            let topic = try stage.topic(partitions: 2)
            let group = stage.group()
            func subscription(owning partitions: [Int32]) -> [(name: String, metadata: [UInt8])] {
                [("cooperative-sticky", ConsumerProtocol.subscription(topic, owned: partitions))]
            }
            let first = try WireMember(stage.client(), group: group, protocols: subscription(owning: []))
            let second = try WireMember(stage.client(), group: group, protocols: subscription(owning: []))
            let alone = try first.join()
            #expect(alone.protocolName == "cooperative-sticky")
            let everything = ConsumerProtocol.assignment(topic, [0, 1])
            #expect(try first.sync([first.id: everything]).assignment == everything)

            // The second joins. Nothing may be given to it while the first one owns it.
            first.protocols = subscription(owning: [0, 1])
            let joined = try rebalance(first, second)
            #expect(joined.first.leader == first.id)
            let seen = Dictionary(uniqueKeysWithValues: joined.first.members.map { ($0.memberID, $0.metadata) })
            #expect(seen[first.id] == ConsumerProtocol.subscription(topic, owned: [0, 1]))
            #expect(seen[second.id] == ConsumerProtocol.subscription(topic, owned: []))
            let (kept, nothing) = (ConsumerProtocol.assignment(topic, [0]), ConsumerProtocol.assignment(topic, []))
            var waiting = try second.sendSync()
            #expect(try first.sync([first.id: kept, second.id: nothing]).assignment == kept)
            #expect(try second.connection.receive(waiting).assignment == nothing)
            let middle = first.generation

            // The first has given a partition up and says so by joining again.
            first.protocols = subscription(owning: [0])
            let rejoining = try first.beginJoin()
            let isRebalancing = try poll(for: .seconds(10)) { try second.heartbeat() == .rebalanceInProgress }
            #expect(isRebalancing)
            try second.join()
            let answer = try first.receiveJoin(rejoining)
            #expect(answer.errorCode == .none)
            #expect(first.generation == middle + 1)
            #expect(second.generation == middle + 1)
            let moved = ConsumerProtocol.assignment(topic, [1])
            waiting = try second.sendSync()
            #expect(try first.sync([first.id: kept, second.id: moved]).assignment == kept)
            #expect(try second.connection.receive(waiting).assignment == moved)
            #expect(try first.heartbeat() == .none)
            #expect(try second.heartbeat() == .none)
        }
    }

    @Test("a follower that joins again unchanged gets the same generation")
    func unchangedFollower() async throws {
        try await BrokerUnderTest.test { stage in
            let group = stage.group()
            let leader = try WireMember(stage.client(), group: group)
            let follower = try WireMember(stage.client(), group: group)
            try leader.joinAlone()
            let answers = try rebalance(leader, follower)
            #expect(answers.second.leader == leader.id)
            let waiting = try follower.sendSync()
            #expect(try leader.sync([leader.id: [1], follower.id: [2]]).errorCode == .none)
            #expect(try follower.connection.receive(waiting).assignment == [2])
            let generation = follower.generation
            try follower.join()
            #expect(follower.generation == generation)
            #expect(try leader.heartbeat() == .none)
            #expect(try follower.sync().assignment == [2])
        }
    }
}

/// What members of the consumer protocol tell each other through the coordinator ("ConsumerProtocolSubscription" and
/// "ConsumerProtocolAssignment", version 1).
enum ConsumerProtocol {
    static func subscription(_ topic: String, owned partitions: [Int32]) -> [UInt8] {
        var writer = WireWriter()
        writer.int16(1)
        writer.array([topic], false) { $0.string($1, false) }
        writer.nullableBytes(nil, false)
        write(topic, partitions, to: &writer)
        return writer.bytes
    }

    static func assignment(_ topic: String, _ partitions: [Int32]) -> [UInt8] {
        var writer = WireWriter()
        writer.int16(1)
        write(topic, partitions, to: &writer)
        writer.nullableBytes(nil, false)
        return writer.bytes
    }

    private static func write(_ topic: String, _ partitions: [Int32], to writer: inout WireWriter) {
        writer.array(partitions.isEmpty ? [] : [topic], false) { writer, topic in
            writer.string(topic, false)
            writer.array(partitions, false) { $0.int32($1) }
        }
    }
}
