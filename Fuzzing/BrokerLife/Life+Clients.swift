import KafkaProtocol

/// What clients really do, so that chance need not find it. A step's number says what.
extension Life {
    mutating func produce() {
        let choice = input.byte()
        let batch = Batches.batch(count: 1 + Int(choice >> 6), key: choice >> 3 & 7, at: host.now)
        write(batch, to: choice & 4 == 0 ? "t" : "u", Int32(choice & 3), acks: choice & 32 == 0 ? -1 : 0)
    }

    private mutating func write(
        _ batch: [UInt8], to topic: String, _ partition: Int32 = 0, acks: Int16 = -1, transactionalID: String? = nil
    ) {
        let partitions = [ProduceRequest.Partition(partitionIndex: partition, records: batch)]
        host.send(
            ProduceRequest(
                transactionalID: transactionalID, acks: acks, topics: [.init(name: topic, partitions: partitions)]))
    }

    /// Reads a partition from an offset, for a moment or for long.
    mutating func fetch(_ partition: UInt8) {
        let choice = input.byte()
        let place = FetchRequest.Partition(
            partitionIndex: Int32(partition), fetchOffset: Int64(choice & 15), partitionMaxBytes: 1_000)
        host.send(
            FetchRequest(
                maxWaitMs: choice & 16 == 0 ? 0 : 500, minBytes: 1, maxBytes: 10_000,
                isolationLevel: choice & 32 == 0 ? .readUncommitted : .readCommitted,
                topics: [.init(name: choice & 64 == 0 ? "t" : "u", partitions: [place])]),
            connection: Int64(choice >> 7))
    }

    /// A step of a transactional producer.
    mutating func transact(_ step: UInt8) {
        let (id, epoch) = host.memory.producer
        switch step {
        case 0: host.send(InitProducerIDRequest(transactionalID: "tx", transactionTimeoutMs: 60_000))
        case 1, 2:
            host.send(
                AddPartitionsToTxnRequest(
                    transactionalID: "tx", producerID: id, producerEpoch: epoch,
                    topics: [.init(name: step == 1 ? "t" : "u", partitions: [0])]), version: 3)
        case 3, 4:
            let topic = step == 3 ? "t" : "u"
            let batch = Batches.batch(
                count: 1, key: step, at: host.now, producer: (id, epoch), sequence: host.nextSequence(in: topic),
                isTransactional: true)
            write(batch, to: topic, transactionalID: "tx")
        case 5:
            host.send(AddOffsetsToTxnRequest(transactionalID: "tx", producerID: id, producerEpoch: epoch, groupID: "g"))
        case 6, 7:
            host.send(EndTxnRequest(transactionalID: "tx", producerID: id, producerEpoch: epoch, committed: step == 6))
        default:
            let member = step < 12 ? nil : host.memory.members.last
            host.send(
                TxnOffsetCommitRequest(
                    transactionalID: "tx", groupID: "g", producerID: id, producerEpoch: epoch,
                    generationID: member?.generation ?? -1, memberID: member?.id ?? "",
                    topics: [
                        .init(name: "t", partitions: [.init(partitionIndex: 0, committedOffset: Int64(step & 3))])
                    ]))
        }
    }

    /// A step of a member of the group `g`.
    mutating func live(inGroup step: UInt8) {
        let member = host.memory.members.last ?? Memory.Member()
        let instance: String? = step & 1 == 0 ? nil : "static-1"
        switch step {
        case 4...7:
            host.send(
                JoinGroupRequest(
                    groupID: "g", sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 20_000,
                    memberID: step < 6 ? "" : member.id, groupInstanceID: instance, protocolType: "consumer",
                    protocols: [.init(name: "range", metadata: [0, 1, 0, 0, 0, 0])]),
                version: step < 6 && instance == nil ? 3 : nil, connection: Int64(step & 1))
        case 8, 9:
            host.send(
                SyncGroupRequest(
                    groupID: "g", generationID: member.generation, memberID: member.id,
                    groupInstanceID: step == 8 ? nil : "static-1", protocolType: "consumer", protocolName: "range",
                    assignments: host.memory.members.map { .init(memberID: $0.id, assignment: [1]) }))
        case 10, 11:
            host.send(HeartbeatRequest(groupID: "g", generationID: member.generation, memberID: member.id))
        case 12, 13:
            host.send(
                KafkaProtocol.OffsetCommitRequest(
                    groupID: "g", generationID: step == 12 ? member.generation : -1,
                    memberID: step == 12 ? member.id : "",
                    topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, committedOffset: 3)])]))
        default:
            host.send(LeaveGroupRequest(groupID: "g", members: [.init(memberID: member.id, groupInstanceID: instance)]))
        }
    }
}
