import CRdKafka
public import EventLog

/// Reads and sets a group's committed offsets without being a member of it. Confined to one thread.
public final class GroupOffsets {
    private let client: ClientHandle
    private let group: String
    private var isClosed = false

    public init(configuration: KafkaConfiguration, group: String) throws(LogError) {
        var fixed = ConsumerDefaults.fixed
        fixed["group.id"] = group
        self.group = group
        client = try ClientHandle(.consumer, configuration, defaults: ConsumerDefaults.values, fixed: fixed)
    }

    deinit { close() }

    /// The stable committed offsets: waits until open transactions that carry offsets are decided.
    /// - Returns: where the group stands; nothing for a partition that it never committed.
    public func committed(
        _ partitions: [TopicPartition], timeout: Duration = .seconds(30)
    ) throws(LogError) -> [TopicPartition: GroupOffset] {
        guard !isClosed else { throw LogError(.other, "read committed offsets of group \(group): closed") }
        return try client.committed(partitions, group: group, within: timeout)
    }

    /// The same, once, with a client of its own.
    public static func committed(
        configuration: KafkaConfiguration, group: String, partitions: [TopicPartition], timeout: Duration = .seconds(30)
    ) throws(LogError) -> [TopicPartition: GroupOffset] {
        let offsets = try GroupOffsets(configuration: configuration, group: group)
        defer { offsets.close() }
        return try offsets.committed(partitions, timeout: timeout)
    }

    /// Sets offsets, which a group takes from those who are no members only while it has none.
    /// - Throws: `.rejoin` while the group has members.
    public func set(_ offsets: [TopicPartition: Int64], metadata: String) throws(LogError) {
        let doing = "set \(offsets.count) offsets of group \(group)"
        guard !isClosed else { throw LogError(.other, "\(doing): closed") }
        guard !offsets.isEmpty else { return }
        let access = MissingAccess(.read, topics: Set(offsets.keys.map(\.topic)).sorted(), group: group)
        try client.commit(offsets, metadata: metadata, doing) { cause, place in
            ErrorMapping.error(cause, doing: doing, place: place, needs: access)
        }
    }

    public func close() {
        guard !isClosed else { return }
        isClosed = true
        // Never a member: there is nothing to leave.
        client.destroy(leavingGroup: false)
    }
}
