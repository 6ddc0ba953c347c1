internal import EventLog
public import KafkaProtocol

extension GroupJournalEntry {
    /// The entry's bytes: a number for its kind, then its fields in Kafka's flexible primitives.
    public func write(to writer: inout WireWriter) {
        switch self {
        case .memberNumbersReserved(let limit):
            writer.int8(1)
            writer.int64(limit)
        case .stable(let groupID, let generation):
            writer.begin(3, groupID)
            writer.stable(generation)
        case .memberReplaced(let groupID, let oldMemberID, let record):
            writer.begin(4, groupID)
            writer.string(oldMemberID, true)
            writer.member(record)
        case .emptied(let groupID, let generation):
            writer.begin(5, groupID)
            writer.int32(generation.generation)
            writer.string(generation.protocolType, true)
        case .deleted(let groupID):
            writer.begin(6, groupID)
        case .offsetsCommitted(let groupID, let offsets):
            writer.begin(7, groupID)
            writer.array(offsets, true) { writer, offset in writer.offset(offset) }
        case .offsetsPending(let groupID, let producerID, let producerEpoch, let offsets):
            writer.begin(8, groupID)
            writer.int64(producerID)
            writer.int16(producerEpoch)
            writer.array(offsets, true) { writer, offset in writer.offset(offset) }
        case .transactionEnded(let groupID, let producerID, let result):
            writer.begin(9, groupID)
            writer.int64(producerID)
            writer.bool(result == .commit)
        case .offsetsDeleted(let groupID, let partitions):
            writer.begin(10, groupID)
            writer.array(partitions, true) { writer, partition in writer.partition(partition) }
        }
    }

    /// Reads what `write` wrote, and nothing behind it.
    public init(from reader: inout WireReader) throws(WireError) {
        let kind = try reader.int8()
        switch kind {
        case 1: self = .memberNumbersReserved(below: try reader.int64())
        case 3: self = .stable(groupID: try reader.string(true), try reader.stable())
        case 4:
            self = .memberReplaced(
                groupID: try reader.string(true), oldMemberID: try reader.string(true), try reader.member())
        case 5:
            let groupID = try reader.string(true)
            let generation = try reader.int32()
            self = .emptied(
                groupID: groupID, EmptyGeneration(generation: generation, protocolType: try reader.string(true)))
        case 6: self = .deleted(groupID: try reader.string(true))
        case 7: self = .offsetsCommitted(groupID: try reader.string(true), try reader.offsets())
        case 8:
            self = .offsetsPending(
                groupID: try reader.string(true), producerID: try reader.int64(), producerEpoch: try reader.int16(),
                try reader.offsets())
        case 9:
            self = .transactionEnded(
                groupID: try reader.string(true), producerID: try reader.int64(),
                try reader.bool() ? .commit : .abort)
        case 10: self = .offsetsDeleted(groupID: try reader.string(true), try reader.partitions())
        default: throw .unsupported(apiKey: -1, version: Int16(kind))
        }
    }
}

extension WireWriter {
    fileprivate mutating func begin(_ kind: Int8, _ groupID: String) {
        int8(kind)
        string(groupID, true)
    }

    fileprivate mutating func stable(_ generation: StableGeneration) {
        int32(generation.generation)
        string(generation.protocolType, true)
        string(generation.protocolName, true)
        string(generation.leaderID, true)
        array(generation.members, true) { writer, member in writer.member(member) }
    }

    fileprivate mutating func member(_ member: MemberRecord) {
        string(member.memberID, true)
        nullableString(member.instanceID, true)
        string(member.clientID, true)
        string(member.clientHost, true)
        int32(member.sessionTimeout)
        int32(member.rebalanceTimeout)
        array(member.protocols, true) { writer, supported in
            writer.string(supported.name, true)
            writer.bytes(supported.metadata, true)
        }
        bytes(member.assignment, true)
    }

    fileprivate mutating func offset(_ offset: PartitionOffset) {
        partition(offset.partition)
        int64(offset.committed.offset)
        int32(offset.committed.leaderEpoch)
        string(offset.committed.metadata, true)
        int64(offset.committed.commitTime)
    }

    mutating func partition(_ partition: TopicPartition) {
        string(partition.topic, true)
        int32(partition.partition)
    }
}

extension WireReader {
    fileprivate mutating func stable() throws(WireError) -> StableGeneration {
        StableGeneration(
            generation: try int32(), protocolType: try string(true), protocolName: try string(true),
            leaderID: try string(true),
            members: try array(true) { reader throws(WireError) in try reader.member() })
    }

    fileprivate mutating func member() throws(WireError) -> MemberRecord {
        MemberRecord(
            memberID: try string(true), instanceID: try nullableString(true), clientID: try string(true),
            clientHost: try string(true), sessionTimeout: try int32(), rebalanceTimeout: try int32(),
            protocols: try array(true) { reader throws(WireError) in
                GroupProtocol(name: try reader.string(true), metadata: try reader.bytes(true))
            },
            assignment: try bytes(true))
    }

    fileprivate mutating func offsets() throws(WireError) -> [PartitionOffset] {
        try array(true) { reader throws(WireError) in
            PartitionOffset(
                partition: try reader.partition(),
                committed: CommittedOffset(
                    offset: try reader.int64(), leaderEpoch: try reader.int32(), metadata: try reader.string(true),
                    commitTime: try reader.int64()))
        }
    }

    mutating func partitions() throws(WireError) -> [TopicPartition] {
        try array(true) { reader throws(WireError) in try reader.partition() }
    }

    mutating func partition() throws(WireError) -> TopicPartition {
        TopicPartition(topic: try string(true), partition: try int32())
    }
}
