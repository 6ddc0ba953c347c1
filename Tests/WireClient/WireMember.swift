package import EventLog
package import KafkaProtocol
import TestProcesses

/// As whom a request speaks to a group's coordinator.
package struct Membership: Hashable {
    package var generation: Int32
    package var id: String
    package var instance: String?

    /// Not a member: as tools commit offsets.
    package static let outside = Membership(generation: -1, id: "", instance: nil)
}

/// A member of a consumer group that does nothing by itself, with a connection of its own: joining blocks it.
/// Confined to one thread.
package final class WireMember {
    package let group: String
    package let instance: String?
    package let connection: Connection
    package var sessionTimeoutMs: Int32
    package var protocols: [(name: String, metadata: [UInt8])]
    package var id = ""
    package var generation: Int32 = -1

    /// - Parameter sessionTimeoutMs: Kafka takes nothing below 6 s unless told otherwise.
    package init(
        _ cluster: Cluster, group: String, instance: String? = nil, sessionTimeoutMs: Int32 = 30_000,
        protocols: [(name: String, metadata: [UInt8])] = [("range", [1])]
    ) throws {
        self.group = group
        self.instance = instance
        self.sessionTimeoutMs = sessionTimeoutMs
        self.protocols = protocols
        connection = try Connection(cluster.group(group).address, clientID: cluster.clientID)
    }

    package var membership: Membership { Membership(generation: generation, id: id, instance: instance) }

    package func sendJoin() throws -> Connection.Pending<JoinGroupRequest> {
        try connection.send(
            JoinGroupRequest(
                groupID: group, sessionTimeoutMs: sessionTimeoutMs, rebalanceTimeoutMs: 30_000, memberID: id,
                groupInstanceID: instance, protocolType: "consumer",
                protocols: protocols.map { JoinGroupRequest.GroupProtocol(name: $0.name, metadata: $0.metadata) }))
    }

    package func receiveJoin(_ pending: Connection.Pending<JoinGroupRequest>) throws -> JoinGroupResponse {
        let answer = try connection.receive(pending, within: .seconds(60))
        if !answer.memberID.isEmpty { id = answer.memberID }
        if answer.errorCode == .none { generation = answer.generationID }
        return answer
    }

    /// Begins to join: a dynamic member first gets its id (KIP-394).
    package func beginJoin() throws -> Connection.Pending<JoinGroupRequest> {
        if id.isEmpty, instance == nil {
            let answer = try retrying(on: .coordinatorMoves) {
                try receiveJoin(sendJoin())
            } error: {
                $0.errorCode
            }
            guard answer.errorCode == .memberIDRequired, !id.isEmpty else {
                throw Failure("a new member of \(group) got \(answer.errorCode) instead of an id")
            }
        }
        return try sendJoin()
    }

    /// Joins, waiting for the rebalance to end.
    @discardableResult
    package func join() throws -> JoinGroupResponse {
        let answer = try receiveJoin(beginJoin())
        guard answer.errorCode == .none else { throw Failure("group \(group) can't be joined: \(answer.errorCode)") }
        return answer
    }

    package func sendSync(_ assignments: [String: [UInt8]] = [:]) throws -> Connection.Pending<SyncGroupRequest> {
        try connection.send(
            SyncGroupRequest(
                groupID: group, generationID: generation, memberID: id, groupInstanceID: instance,
                protocolType: "consumer", protocolName: protocols.first?.name,
                assignments: assignments.sorted { $0.key < $1.key }
                    .map { SyncGroupRequest.Assignment(memberID: $0.key, assignment: $0.value) }))
    }

    package func sync(_ assignments: [String: [UInt8]] = [:]) throws -> SyncGroupResponse {
        try connection.receive(sendSync(assignments))
    }

    /// Joins as the only member, and gives itself everything.
    package func joinAlone() throws {
        let answer = try join()
        guard answer.leader == id, answer.members.count == 1 else { throw Failure("\(group) has others") }
        let synced = try sync([id: [7]])
        guard synced.errorCode == .none, synced.assignment == [7] else { throw Failure("\(synced)") }
    }

    package func heartbeat() throws -> ErrorCode {
        try connection.call(
            HeartbeatRequest(groupID: group, generationID: generation, memberID: id, groupInstanceID: instance)
        ).errorCode
    }

    package func leave() throws -> ErrorCode {
        let answer = try connection.call(
            LeaveGroupRequest(
                groupID: group, members: [LeaveGroupRequest.Member(memberID: id, groupInstanceID: instance)]))
        return answer.errorCode == .none ? answer.members.first?.errorCode ?? .none : answer.errorCode
    }

    package func commit(_ offset: Int64, of place: TopicPartition) throws -> ErrorCode {
        try connection.commit(offset, of: place, group: group, as: membership)
    }
}

extension Connection {
    package func commit(
        _ offset: Int64, of place: TopicPartition, group: String, as member: Membership = .outside
    ) throws -> ErrorCode {
        let partition = OffsetCommitRequest.Partition(
            partitionIndex: place.partition, committedOffset: offset, committedLeaderEpoch: -1,
            committedMetadata: "note")
        let answer = try call(
            OffsetCommitRequest(
                groupID: group, generationID: member.generation, memberID: member.id, groupInstanceID: member.instance,
                topics: [OffsetCommitRequest.Topic(name: place.topic, partitions: [partition])]))
        return answer.topics.first?.partitions.first?.errorCode ?? .unknownServerError
    }
}

extension Cluster {
    package enum Stability { case stable, any }

    /// A group's offset of a partition; -1 when there is none.
    package func committed(_ place: TopicPartition, group: String, _ stability: Stability = .any) throws
        -> OffsetFetchResponse.Partition
    {
        let topic = OffsetFetchRequest.Topic(name: place.topic, partitionIndexes: [place.partition])
        let answer = try self.group(group).call(
            OffsetFetchRequest(
                groups: [OffsetFetchRequest.Group(groupID: group, topics: [topic])],
                requireStable: stability == .stable))
        guard let found = answer.groups.first, found.errorCode == .none,
            let partition = found.topics.first?.partitions.first
        else { throw Failure("no offsets of \(group): \(answer)") }
        return partition
    }
}
