internal import EventLog
internal import KafkaProtocol

extension Broker {
    /// CreateTopics: each topic for itself. One that is named twice is not made.
    mutating func createTopics(
        _ request: CreateTopicsRequest, version: Int16, _ step: inout Step
    ) -> CreateTopicsResponse {
        var response = CreateTopicsResponse()
        // What would be made counts too when nothing is made.
        var planned = 0
        var made = 0
        for (name, entries) in request.topics.grouped(by: \.name) {
            do throws(TopicRefusal) {
                guard let topic = entries.first, entries.count == 1 else {
                    throw TopicRefusal(.invalidRequest, "the topic is named twice")
                }
                let plan = try plan(topic, planned: planned)
                made += Int(plan.partitions)
                guard made <= Int(configuration.maximumPartitions) else {
                    throw TopicRefusal(.policyViolation, "a request can't make so many partitions")
                }
                var answer = CreateTopicsResponse.Topic(
                    name: name, numPartitions: plan.partitions, replicationFactor: Int16(clamping: plan.copies))
                if request.validateOnly {
                    planned += Int(plan.partitions)
                } else {
                    answer.topicID = create(plan, &step).id
                }
                if version >= 5 { answer.configs = Self.describe(plan.configs) }
                response.topics.append(answer)
            } catch {
                response.topics.append(
                    .init(name: name, errorCode: error.errorCode, errorMessage: error.description))
            }
        }
        return response
    }

    private func plan(_ topic: CreateTopicsRequest.Topic, planned: Int) throws(TopicRefusal) -> TopicPlan {
        try TopicRefusal.checkName(topic.name)
        var configs: [String: String] = [:]
        for config in topic.configs {
            guard let value = config.value else {
                throw TopicRefusal(.invalidConfig, "\(config.name.prefix(100)) has no value")
            }
            configs[config.name] = value
        }
        let partitions = try partitions(of: topic)
        let replicas = topic.assignments.sorted { $0.partitionIndex < $1.partitionIndex }.map(\.brokerIDs)
        let asked = topic.replicationFactor == -1 ? nil : Int32(topic.replicationFactor)
        var plan = try planTopic(
            named: topic.name, partitions: partitions, copies: replicas.first.map { Int32($0.count) } ?? asked,
            configs: configs, planned: planned)
        if !replicas.isEmpty { plan.replicas = replicas }
        return plan
    }

    /// How many partitions are asked for, by number or by assignment.
    private func partitions(of topic: CreateTopicsRequest.Topic) throws(TopicRefusal) -> Int32 {
        if topic.assignments.isEmpty { return topic.numPartitions }
        guard topic.numPartitions == -1, topic.replicationFactor == -1 else {
            throw TopicRefusal(.invalidRequest, "an assignment excludes numbers of partitions and replicas")
        }
        guard topic.assignments.allSatisfy({ isAssignable($0.brokerIDs) }) else {
            throw TopicRefusal(
                .invalidReplicaAssignment, "each partition has replicas on brokers 1 to \(nodes.count)")
        }
        let numbers = topic.assignments.map(\.partitionIndex).sorted()
        guard numbers.enumerated().allSatisfy({ Int($0.element) == $0.offset }) else {
            throw TopicRefusal(.invalidReplicaAssignment, "the partitions are not numbered from 0 on")
        }
        return Int32(clamping: numbers.count)
    }

    private static func describe(_ configs: [String: String]) -> [CreateTopicsResponse.Config] {
        TopicConfig.all.map { config in
            .init(
                name: config.name, value: configs[config.name] ?? config.defaultValue,
                configSource: configs[config.name] == nil ? .defaultConfig : .topicConfig)
        }
    }
}
