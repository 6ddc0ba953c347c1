internal import KafkaProtocol

extension Broker {
    /// DescribeConfigs (KIP-133): all of a topic's settings, or those asked for; a few of the broker's.
    func describeConfigs(_ request: DescribeConfigsRequest, _ caller: Caller) -> DescribeConfigsResponse {
        var seen: Set<DescribeConfigsRequest.Resource> = []
        return DescribeConfigsResponse(
            resources: request.resources.filter { seen.insert($0).inserted }.map { describe($0, caller.node) })
    }

    private func describe(
        _ resource: DescribeConfigsRequest.Resource, _ node: Int32
    ) -> DescribeConfigsResponse.Resource {
        var answer = DescribeConfigsResponse.Resource(
            resourceType: resource.resourceType, resourceName: resource.resourceName)
        do {
            let keys = resource.configurationKeys.map { Set($0) }
            answer.configs = try configs(of: resource, at: node).filter { keys?.contains($0.name) ?? true }
        } catch {
            answer.errorCode = error.errorCode
            answer.errorMessage = error.description
        }
        return answer
    }

    private func configs(
        of resource: DescribeConfigsRequest.Resource, at node: Int32
    ) throws(TopicRefusal) -> [DescribeConfigsResponse.Config] {
        switch resource.resourceType {
        case .topic:
            try TopicRefusal.checkName(resource.resourceName)
            guard let topic = topics[resource.resourceName] else { throw .unknown(resource.resourceName) }
            return TopicConfig.all.map { config in
                .init(
                    name: config.name, value: topic.configs[config.name] ?? config.defaultValue,
                    configSource: topic.configs[config.name] == nil ? .defaultConfig : .topicConfig,
                    configType: ConfigType(rawValue: config.describedType))
            }
        case .broker:
            // Without a name it is what all brokers have been set to: nothing.
            if resource.resourceName.isEmpty { return [] }
            guard resource.resourceName == String(node) else {
                throw TopicRefusal(.invalidRequest, "this is broker \(node): a broker tells of itself alone")
            }
            return brokerConfigs(of: node)
        default: throw TopicRefusal(.invalidRequest, "the resource is neither a topic nor a broker")
        }
    }

    /// What this broker really goes by, under Kafka's names.
    private func brokerConfigs(of node: Int32) -> [DescribeConfigsResponse.Config] {
        func fixed(_ name: String, _ value: some CustomStringConvertible, _ type: ConfigType)
            -> DescribeConfigsResponse.Config
        {
            .init(
                name: name, value: value.description, readOnly: true, configSource: .staticBrokerConfig,
                configType: type)
        }
        return [
            fixed(
                "advertised.listeners", "PLAINTEXT://\(configuration.host):\(port(of: node))", .string),
            fixed("auto.create.topics.enable", configuration.autoCreateTopics, .boolean),
            fixed("broker.id", node, .int),
            fixed("default.replication.factor", defaultReplicationFactor, .int),
            fixed("fetch.max.bytes", configuration.maximumFetchBytes, .int),
            fixed("group.initial.rebalance.delay.ms", configuration.groups.initialRebalanceDelay, .int),
            fixed("group.max.session.timeout.ms", configuration.groups.maximumSessionTimeout, .int),
            fixed("group.max.size", configuration.groups.maximumGroupSize, .int),
            fixed("group.min.session.timeout.ms", configuration.groups.minimumSessionTimeout, .int),
            fixed("log.retention.check.interval.ms", configuration.logCheckInterval, .long),
            fixed("min.insync.replicas", 1, .int),
            fixed("num.partitions", configuration.defaultPartitions, .int),
            fixed("offset.metadata.max.bytes", configuration.groups.maximumOffsetMetadata, .int),
            fixed("offsets.retention.minutes", configuration.groups.offsetRetention / 60_000, .int),
            fixed("offsets.topic.replication.factor", defaultReplicationFactor, .short),
            fixed("producer.id.expiration.ms", PartitionLog.producerExpiration, .int),
            fixed("transaction.max.timeout.ms", configuration.transactions.maximumTimeout, .int),
            fixed("transaction.state.log.min.isr", minimumTransactionCopies, .int),
            fixed("transaction.state.log.replication.factor", defaultReplicationFactor, .short),
            fixed("transactional.id.expiration.ms", configuration.transactions.idExpiration, .int),
            fixed("unclean.leader.election.enable", false, .boolean),
        ]
    }
}
