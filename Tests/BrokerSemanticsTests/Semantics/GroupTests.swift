import EventLog
import KafkaProtocol
import TestProcesses
import Testing
import WireClient

/// Classic consumer groups: generations, sessions, offsets.
@Suite("Consumer groups") struct GroupTests {
    @Test("two members share a generation; one leaves, and the other goes on")
    func twoMembers() async throws {
        try await BrokerUnderTest.test { stage in
            let group = stage.group()
            let (first, second) = (
                try WireMember(stage.client(), group: group), try WireMember(stage.client(), group: group)
            )
            try first.joinAlone()
            #expect(try first.heartbeat() == .none)
            let answers = try rebalance(first, second)
            #expect(first.generation == second.generation)
            #expect(answers.first.leader == answers.second.leader)
            let (leader, follower) = answers.first.leader == first.id ? (first, second) : (second, first)
            let list = leader === first ? answers.first.members : answers.second.members
            #expect(Set(list.map(\.memberID)) == [first.id, second.id])
            #expect((leader === first ? answers.second : answers.first).members.isEmpty)
            // The follower waits until the leader has assigned.
            let waiting = try follower.sendSync()
            #expect(try leader.sync([leader.id: [1], follower.id: [2]]).assignment == [1])
            #expect(try follower.connection.receive(waiting).assignment == [2])

            #expect(try follower.leave() == .none)
            let isRebalancing = try poll(for: .seconds(10)) { try leader.heartbeat() == .rebalanceInProgress }
            #expect(isRebalancing)
            let alone = try leader.join()
            #expect(alone.members.count == 1)
            #expect(try follower.heartbeat() == .unknownMemberID)
        }
    }

    @Test("a member that falls silent is out after its session's time", .timeLimit(.minutes(2)))
    func sessionExpiry() async throws {
        try await BrokerUnderTest.test { stage in
            let group = stage.group()
            let place = try stage.place()
            let silent = try WireMember(stage.client(), group: group, sessionTimeoutMs: 6000)
            let lively = try WireMember(stage.client(), group: group)
            try silent.joinAlone()
            let answers = try rebalance(silent, lively)
            let (leader, follower) = answers.first.leader == silent.id ? (silent, lively) : (lively, silent)
            let waiting = try follower.sendSync()
            #expect(try leader.sync([silent.id: [1], lively.id: [2]]).errorCode == .none)
            #expect(try follower.connection.receive(waiting).errorCode == .none)
            let start = ContinuousClock.now
            let isMissed = try poll(for: .seconds(30)) { try lively.heartbeat() == .rebalanceInProgress }
            #expect(isMissed)
            #expect(ContinuousClock.now - start > .seconds(4))
            let answer = try lively.join()
            #expect(answer.members.map(\.memberID) == [lively.id])
            #expect(try silent.heartbeat() == .unknownMemberID)
            #expect(try silent.commit(5, of: place) == .unknownMemberID)
        }
    }

    @Test("commits of an older generation or an unknown member are refused")
    func staleCommits() async throws {
        try await BrokerUnderTest.test { stage in
            let group = stage.group()
            let place = try stage.place()
            let member = try WireMember(stage.client(), group: group)
            try member.joinAlone()
            #expect(try member.commit(1, of: place) == .none)
            let current = member.membership
            var stale = current
            stale.generation -= 1
            #expect(try member.connection.commit(2, of: place, group: group, as: stale) == .illegalGeneration)
            stale = current
            stale.id = "nobody"
            #expect(try member.connection.commit(2, of: place, group: group, as: stale) == .unknownMemberID)
            // A tool can't commit while the group has members.
            #expect(try member.connection.commit(2, of: place, group: group) == .unknownMemberID)
            #expect(try stage.client().committed(place, group: group).committedOffset == 1)
            #expect(try member.leave() == .none)
            #expect(try member.connection.commit(2, of: place, group: group) == .none)
            #expect(try stage.client().committed(place, group: group).committedOffset == 2)
        }
    }

    @Test("members without a protocol in common are refused")
    func inconsistentProtocols() async throws {
        try await BrokerUnderTest.test { stage in
            let group = stage.group()
            let member = try WireMember(stage.client(), group: group)
            try member.joinAlone()
            let other = try WireMember(stage.client(), group: group, protocols: [("sticky", [1])])
            let answer = try other.receiveJoin(other.beginJoinOrRefusal())
            #expect(answer.errorCode == .inconsistentGroupProtocol)
            #expect(try member.heartbeat() == .none)
        }
    }

    @Test("groups are listed, described and deleted, and their offsets too")
    func administration() async throws {
        try await BrokerUnderTest.test { stage in
            let group = stage.group()
            let place = try stage.place()
            let client = try stage.client()
            let member = try WireMember(stage.client(), group: group)
            try member.joinAlone()
            #expect(try member.commit(4, of: place) == .none)
            let coordinator = try client.group(group)

            let listed = try coordinator.call(ListGroupsRequest()).groups.first { $0.groupID == group }
            #expect(listed?.protocolType == "consumer")
            let described = try #require(
                try coordinator.call(DescribeGroupsRequest(groupIDs: [group])).groups.first)
            #expect(described.errorCode == .none)
            #expect(described.groupState == "Stable")
            #expect(described.protocolData == "range")
            #expect(described.members.map(\.memberID) == [member.id])
            #expect(described.members.first?.memberAssignment == [7])
            #expect(described.members.first?.clientID == "semantics")

            func delete() throws -> ErrorCode? {
                try coordinator.call(DeleteGroupsRequest(groupIDs: [group])).groups.first?.errorCode
            }
            #expect(try delete() == .nonEmptyGroup)
            #expect(try member.leave() == .none)
            #expect(try coordinator.call(DescribeGroupsRequest(groupIDs: [group])).groups.first?.groupState == "Empty")
            let topics = [OffsetDeleteRequest.Topic(name: place.topic, partitions: [0])]
            #expect(try coordinator.call(OffsetDeleteRequest(groupID: group, topics: topics)).errorCode == .none)
            #expect(try client.committed(place, group: group).committedOffset == -1)
            #expect(try coordinator.commit(4, of: place, group: group) == .none)
            #expect(try delete() == ErrorCode.none)
            #expect(try client.committed(place, group: group).committedOffset == -1)
            #expect(try coordinator.call(DescribeGroupsRequest(groupIDs: [group])).groups.first?.groupState == "Dead")
            #expect(try delete() == .groupIDNotFound)
        }
    }
}

extension WireMember {
    /// Like `beginJoin`, for a member that may be refused at once, before it gets an id.
    func beginJoinOrRefusal() throws -> Connection.Pending<JoinGroupRequest> {
        let first = try receiveJoin(sendJoin())
        // What a broker that refuses says at once it says again to the next request.
        if first.errorCode != .memberIDRequired { id = "" }
        return try sendJoin()
    }
}

/// A member joins beside one that is there: both wait for each other, on connections of their own.
func rebalance(
    _ present: WireMember, _ joining: WireMember, sourceLocation: SourceLocation = #_sourceLocation
) throws -> (first: JoinGroupResponse, second: JoinGroupResponse) {
    let new = try joining.beginJoin()
    let isRebalancing = try poll(for: .seconds(10)) { try present.heartbeat() == .rebalanceInProgress }
    #expect(isRebalancing, sourceLocation: sourceLocation)
    let answer = try present.join()
    let other = try joining.receiveJoin(new)
    #expect(other.errorCode == .none, sourceLocation: sourceLocation)
    return (answer, other)
}
