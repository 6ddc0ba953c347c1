internal import EventLog
internal import KafkaProtocol

/// A topic about to be made.
struct TopicPlan {
    var name: String
    var partitions: Int32
    var configs: [String: String]
    /// Copies of each partition.
    var copies: Int32 = 1
    /// The nodes of each partition, where somebody has chosen them.
    var replicas: [[Int32]]?
}

extension Broker {
    /// Makes a topic that the broker's own program wants; without actions when there is one of that name.
    ///
    /// - Throws: ``TopicRefusal`` when the name, the number of partitions or a setting is not allowed.
    public mutating func createTopic(
        named name: String, partitions: Int32, copies: Int32? = nil, configs: [String: String], now: Int64
    ) throws(TopicRefusal) -> [BrokerAction] {
        guard topics[name] == nil else { return [] }
        var step = Step(now: now)
        let plan = try planTopic(named: name, partitions: partitions, copies: copies, configs: configs)
        _ = create(plan, &step)
        answerFetches(&step)
        return step.actions
    }

    /// Checks what a topic is to be. -1 partitions are the default; `planned` are those that are to be made besides.
    func planTopic(
        named name: String, partitions: Int32 = -1, copies: Int32? = nil, configs: [String: String] = [:],
        planned: Int = 0
    ) throws(TopicRefusal) -> TopicPlan {
        try TopicRefusal.checkName(name)
        guard topics[name] == nil else { throw TopicRefusal(.topicAlreadyExists, "topic \(name) exists") }
        let count = partitions == -1 ? configuration.defaultPartitions : partitions
        guard count > 0 else { throw TopicRefusal(.invalidPartitions, "a topic has at least one partition") }
        try checkPartitions(count, added: Int(count), planned: planned)
        let copies = copies ?? defaultReplicationFactor
        guard nodes.ids.contains(copies) else {
            throw TopicRefusal(
                .invalidReplicationFactor, "with \(nodes.count) brokers the replication factor is 1 to \(nodes.count)")
        }
        do { _ = try LogSettings(configs: configs) } catch { throw TopicRefusal(.invalidConfig, error.description) }
        return TopicPlan(name: name, partitions: count, configs: configs, copies: copies)
    }

    private func checkPartitions(_ count: Int32, added: Int, planned: Int) throws(TopicRefusal) {
        guard count <= configuration.maximumPartitions else {
            throw TopicRefusal(
                .invalidPartitions, "a topic can't have more than \(configuration.maximumPartitions) partitions here")
        }
        guard topics.partitionCount + planned + added <= configuration.maximumTotalPartitions else {
            throw TopicRefusal(
                .policyViolation,
                "all topics together can't have more than \(configuration.maximumTotalPartitions) partitions here")
        }
    }

    /// Makes the topic, its logs first: a log that no topic has is an orphan, to be removed at the next start.
    mutating func create(_ plan: TopicPlan, _ step: inout Step) -> TopicRecord {
        let topic = TopicRecord(
            name: plan.name, id: makeTopicID(plan.name, step.now), partitionCount: plan.partitions,
            configs: plan.configs)
        for place in topic.places { step.actions.append(.createLog(place)) }
        record(
            .created(name: topic.name, id: topic.id, partitions: topic.partitionCount, configs: topic.configs), &step)
        assign(topic.places, copies: plan.copies, chosen: plan.replicas, &step)
        return topic
    }

    /// An id that no topic has, nor had: from the name, the time, and a number.
    private mutating func makeTopicID(_ name: String, _ now: Int64) -> WireUUID {
        while true {
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in configuration.clusterID.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
            for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
            topicNumber &+= 1
            let high = Self.mix(hash ^ Self.mix(UInt64(bitPattern: now)))
            let low = Self.mix(high &+ topicNumber)
            // The form of a random UUID, version 4.
            let id = WireUUID(
                high: high & ~0xF000 | 0x4000, low: low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
            if topics.named(by: id) == nil { return id }
        }
    }

    /// SplitMix64's finish.
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    // MARK: CreatePartitions

    /// CreatePartitions (KIP-195): a topic can only grow.
    mutating func createPartitions(
        _ request: CreatePartitionsRequest, _ step: inout Step
    ) -> CreatePartitionsResponse {
        var response = CreatePartitionsResponse()
        for (name, entries) in request.topics.grouped(by: \.name) {
            do throws(TopicRefusal) {
                guard let topic = entries.first, entries.count == 1 else {
                    throw TopicRefusal(.invalidRequest, "the topic is named twice")
                }
                try addPartitions(topic, validateOnly: request.validateOnly, &step)
                response.topics.append(.init(name: name))
            } catch {
                response.topics.append(
                    .init(name: name, errorCode: error.errorCode, errorMessage: error.description))
            }
        }
        return response
    }

    private mutating func addPartitions(
        _ request: CreatePartitionsRequest.Topic, validateOnly: Bool, _ step: inout Step
    ) throws(TopicRefusal) {
        guard let topic = topics[request.name] else { throw .unknown(request.name) }
        guard request.count > topic.partitionCount else {
            throw TopicRefusal(.invalidPartitions, "the topic has \(topic.partitionCount) partitions already")
        }
        let added = Int(request.count) - Int(topic.partitionCount)
        try checkPartitions(request.count, added: added, planned: 0)
        if let assignments = request.assignments {
            guard assignments.count == added, assignments.allSatisfy({ isAssignable($0.brokerIDs) }) else {
                throw TopicRefusal(
                    .invalidReplicaAssignment, "each new partition has replicas on brokers 1 to \(nodes.count)")
            }
        }
        if validateOnly { return }
        let places = (topic.partitionCount..<request.count).map { TopicPartition(topic: topic.name, partition: $0) }
        for place in places { step.actions.append(.createLog(place)) }
        record(.partitionsAdded(name: topic.name, count: request.count), &step)
        let copies = nodes.replicas(of: TopicPartition(topic: topic.name, partition: 0)).count
        assign(places, copies: Int32(copies), chosen: request.assignments?.map(\.brokerIDs), &step)
    }

    /// Whether a partition can be on these nodes.
    func isAssignable(_ replicas: [Int32]) -> Bool {
        !replicas.isEmpty && Set(replicas).count == replicas.count && replicas.allSatisfy(nodes.ids.contains)
    }
}

extension Array {
    /// The elements with one name together, names in the order in which they come first.
    func grouped(by name: (Element) -> String) -> [(name: String, elements: [Element])] {
        var places: [String: Int] = [:]
        var groups: [(name: String, elements: [Element])] = []
        for element in self {
            let name = name(element)
            if let place = places[name] {
                groups[place].elements.append(element)
            } else {
                places[name] = groups.count
                groups.append((name, [element]))
            }
        }
        return groups
    }
}
