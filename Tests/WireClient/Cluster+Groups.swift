package import EventLog
package import KafkaProtocol
import TestProcesses

extension Cluster {
    /// State and members of a group, as its coordinator sees them.
    package func describe(group: String) throws -> DescribeGroupsResponse.Group {
        let answer = try self.group(group).call(DescribeGroupsRequest(groupIDs: [group]))
        guard let found = answer.groups.first, found.errorCode == .none else {
            forgetCoordinators()
            throw Failure("group \(group) can't be described: \(answer.groups.first?.errorCode ?? .none)")
        }
        return found
    }

    /// Deletes a group's offsets; it must have no members.
    package func deleteOffsets(_ places: [TopicPartition], group: String) throws {
        let topics = Dictionary(grouping: places, by: \.topic).sorted { $0.key < $1.key }
            .map { OffsetDeleteRequest.Topic(name: $0.key, partitions: $0.value.map(\.partition)) }
        let answer = try self.group(group).call(OffsetDeleteRequest(groupID: group, topics: topics))
        let errors = [answer.errorCode] + answer.topics.flatMap(\.partitions).map(\.errorCode)
        if let error = errors.first(where: { $0 != .none }) {
            forgetCoordinators()
            throw Failure("offsets of \(group) can't be deleted: \(error)")
        }
    }

    /// Sets a group's offset, as a tool does that is not a member; the group must have no members.
    package func setOffset(_ offset: Int64, of place: TopicPartition, group: String) throws {
        let error = try self.group(group).commit(offset, of: place, group: group)
        guard error == .none else {
            forgetCoordinators()
            throw Failure("the offset of \(group) in \(place) can't be set: \(error)")
        }
    }

    /// All partitions of a topic.
    package func places(of topic: String) throws -> [TopicPartition] {
        guard let found = try metadata([topic]).topics.first, found.errorCode == .none else {
            throw Failure("there is no topic \(topic)")
        }
        return found.partitions.map { TopicPartition(topic: topic, partition: $0.partitionIndex) }.sorted()
    }
}
