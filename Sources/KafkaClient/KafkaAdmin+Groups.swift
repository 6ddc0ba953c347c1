import CRdKafka
public import EventLog
import Glibc

/// A member of a group, as the group tells of it.
struct GroupMember: Hashable, Sendable {
    /// The name of a static member.
    var instanceID: String?
    var clientID: String
    /// The address that it came from.
    var host: String
}

extension KafkaAdmin {
    /// Whether anybody is in a group at this moment. A static member is until its session ends.
    public func hasMembers(in group: String) throws(LogError) -> Bool { try !members(of: group).isEmpty }

    /// Who is in a group at this moment; nobody where there is no such group.
    func members(of group: String) throws(LogError) -> [GroupMember] {
        let doing = "describe group \(group)"
        let raw = unsafe strdup(group)
        defer { unsafe free(raw) }
        var names: [UnsafePointer<CChar>?] = unsafe [UnsafePointer(raw)]
        let event = try unsafe request(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, doing) { options, queue in
            unsafe rd_kafka_DescribeConsumerGroups(client.raw, &names, 1, options, queue)
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        var count = 0
        guard
            let groups = unsafe rd_kafka_DescribeConsumerGroups_result_groups(
                rd_kafka_event_DescribeConsumerGroups_result(event), &count), count > 0
        else { throw LogError(.other, "\(doing): the answer is empty") }
        let answer = unsafe groups[0]
        if let error = unsafe rd_kafka_ConsumerGroupDescription_error(answer) {
            throw ErrorMapping.error(
                unsafe rd_kafka_error_code(error), doing: doing, needs: MissingAccess(.read, group: group))
        }
        func text(_ raw: UnsafePointer<CChar>?) -> String? { unsafe raw.map { unsafe String(cString: $0) } }
        return unsafe (0..<rd_kafka_ConsumerGroupDescription_member_count(answer)).compactMap { index in
            guard let member = unsafe rd_kafka_ConsumerGroupDescription_member(answer, index) else { return nil }
            return GroupMember(
                instanceID: unsafe text(rd_kafka_MemberDescription_group_instance_id(member)),
                clientID: unsafe text(rd_kafka_MemberDescription_client_id(member)) ?? "",
                host: unsafe text(rd_kafka_MemberDescription_host(member)) ?? "")
        }
    }
}
