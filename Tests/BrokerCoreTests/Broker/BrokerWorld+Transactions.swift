import BrokerCore
import EventLog
import KafkaProtocol
import Testing

extension BrokerWorld {
    static let group = "g"

    func initProducer(
        _ name: String?, timeout: Int32 = 60_000, after last: TestProducer? = nil, version: Int16? = nil
    ) throws -> (error: ErrorCode, producer: TestProducer) {
        let answer = try call(
            InitProducerIDRequest(
                transactionalID: name, transactionTimeoutMs: timeout, producerID: last?.id ?? -1,
                producerEpoch: last?.epoch ?? -1), version: version)
        return (
            answer.errorCode, TestProducer(name: name, id: answer.producerID, epoch: answer.producerEpoch)
        )
    }

    /// A producer that asks again while its predecessor's transaction is being aborted.
    func producer(_ name: String?, timeout: Int32 = 60_000) throws -> TestProducer {
        for _ in 0..<3 {
            let (error, producer) = try initProducer(name, timeout: timeout)
            if error == .none { return producer }
            #expect(error == .concurrentTransactions)
            pass(configuration.markerDelay)
        }
        throw BrokerWorldError.noProducer
    }

    func add(
        _ places: [TopicPartition], to producer: TestProducer, version: Int16? = nil
    ) throws -> [ErrorCode] {
        let request = AddPartitionsToTxnRequest(
            transactionalID: producer.name ?? "", producerID: producer.id, producerEpoch: producer.epoch,
            topics: places.map { .init(name: $0.topic, partitions: [$0.partition]) })
        return try call(request, version: version).topics.flatMap(\.partitions).map(\.errorCode)
    }

    func addOffsets(_ group: String = BrokerWorld.group, to producer: TestProducer) throws -> ErrorCode {
        try call(
            AddOffsetsToTxnRequest(
                transactionalID: producer.name ?? "", producerID: producer.id, producerEpoch: producer.epoch,
                groupID: group)
        ).errorCode
    }

    func commitOffset(
        _ offset: Int64, _ place: TopicPartition = BrokerWorld.place(), in producer: TestProducer,
        group: String = BrokerWorld.group, generation: Int32 = -1, member: String = "", instance: String? = nil
    ) throws -> ErrorCode {
        let request = TxnOffsetCommitRequest(
            transactionalID: producer.name ?? "", groupID: group, producerID: producer.id,
            producerEpoch: producer.epoch, generationID: generation, memberID: member, groupInstanceID: instance,
            topics: [
                .init(
                    name: place.topic,
                    partitions: [.init(partitionIndex: place.partition, committedOffset: offset)])
            ])
        return try #require(try call(request).topics.first?.partitions.first).errorCode
    }

    @discardableResult
    func end(_ producer: TestProducer, commit: Bool, version: Int16? = nil) throws -> ErrorCode {
        try call(
            EndTxnRequest(
                transactionalID: producer.name ?? "", producerID: producer.id, producerEpoch: producer.epoch,
                committed: commit), version: version
        ).errorCode
    }

    func commitOffset(
        _ offset: Int64, _ place: TopicPartition = BrokerWorld.place(), group: String = BrokerWorld.group,
        generation: Int32 = -1, member: String = ""
    ) throws -> ErrorCode {
        let request = KafkaProtocol.OffsetCommitRequest(
            groupID: group, generationID: generation, memberID: member,
            topics: [
                .init(
                    name: place.topic,
                    partitions: [.init(partitionIndex: place.partition, committedOffset: offset)])
            ])
        return try #require(try call(request).topics.first?.partitions.first).errorCode
    }

    func committed(
        _ place: TopicPartition = BrokerWorld.place(), group: String = BrokerWorld.group, stable: Bool = false
    ) throws -> OffsetFetchResponse.Partition {
        let request = OffsetFetchRequest(
            groups: [
                .init(groupID: group, topics: [.init(name: place.topic, partitionIndexes: [place.partition])])
            ], requireStable: stable)
        return try #require(try call(request).groups.first?.topics.first?.partitions.first)
    }

    // MARK: Members

    func join(
        _ member: String = "", instance: String? = nil, group: String = BrokerWorld.group,
        protocols: [String] = ["range"], session: Int32 = 10_000, version: Int16? = nil
    ) throws -> RequestToken {
        try send(
            JoinGroupRequest(
                groupID: group, sessionTimeoutMs: session, rebalanceTimeoutMs: 30_000, memberID: member,
                groupInstanceID: instance, protocolType: "consumer",
                protocols: protocols.map { .init(name: $0, metadata: []) }), version: version)
    }

    func joined(_ token: RequestToken) throws -> JoinGroupResponse {
        try #require(try answer(token, as: JoinGroupResponse.self), "the join waits")
    }

    /// A new dynamic member's join, with the id that it was given first (KIP-394).
    func joinAnew(protocols: [String] = ["range"]) throws -> (token: RequestToken, member: String) {
        let first = try joined(try join(protocols: protocols))
        #expect(first.errorCode == .memberIDRequired)
        return (try join(first.memberID, protocols: protocols), first.memberID)
    }

    func sync(
        _ member: String, _ generation: Int32, instance: String? = nil, assign: [String: String] = [:],
        name: String = "range", group: String = BrokerWorld.group
    ) throws -> RequestToken {
        try send(
            SyncGroupRequest(
                groupID: group, generationID: generation, memberID: member, groupInstanceID: instance,
                protocolType: "consumer", protocolName: name,
                assignments: assign.sorted { $0.key < $1.key }.map {
                    .init(memberID: $0.key, assignment: Array($0.value.utf8))
                }))
    }

    func synced(_ token: RequestToken) throws -> SyncGroupResponse {
        try #require(try answer(token, as: SyncGroupResponse.self), "the sync waits")
    }

    func heartbeat(_ member: String, _ generation: Int32, instance: String? = nil) throws -> ErrorCode {
        try call(
            HeartbeatRequest(
                groupID: Self.group, generationID: generation, memberID: member, groupInstanceID: instance)
        ).errorCode
    }

    /// A group of one member with everything.
    func soleMember() throws -> (member: String, generation: Int32) {
        let (token, member) = try joinAnew()
        let generation = try joined(token).generationID
        #expect(try synced(try sync(member, generation, assign: [member: "all"])).errorCode == .none)
        return (member, generation)
    }
}

enum BrokerWorldError: Error {
    case noProducer
}
