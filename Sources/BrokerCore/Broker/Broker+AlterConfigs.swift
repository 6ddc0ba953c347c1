internal import KafkaProtocol

extension Broker {
    /// AlterConfigs (KIP-133): what is not named goes back to its default.
    mutating func alterConfigs(_ request: AlterConfigsRequest, _ step: inout Step) -> AlterConfigsResponse {
        var response = AlterConfigsResponse()
        for resource in request.resources {
            var answer = AlterConfigsResponse.Resource(
                resourceType: resource.resourceType, resourceName: resource.resourceName)
            do {
                try alter(resource, validateOnly: request.validateOnly, &step)
            } catch {
                answer.errorCode = error.errorCode
                answer.errorMessage = error.description
            }
            response.resources.append(answer)
        }
        return response
    }

    /// IncrementalAlterConfigs (KIP-339): what is not named stays.
    mutating func alterConfigs(
        _ request: IncrementalAlterConfigsRequest, _ step: inout Step
    ) -> IncrementalAlterConfigsResponse {
        var response = IncrementalAlterConfigsResponse()
        for resource in request.resources {
            var answer = IncrementalAlterConfigsResponse.Resource(
                resourceType: resource.resourceType, resourceName: resource.resourceName)
            do {
                try alter(resource, validateOnly: request.validateOnly, &step)
            } catch {
                answer.errorCode = error.errorCode
                answer.errorMessage = error.description
            }
            response.resources.append(answer)
        }
        return response
    }

    private mutating func alter(
        _ resource: AlterConfigsRequest.Resource, validateOnly: Bool, _ step: inout Step
    ) throws(TopicRefusal) {
        let topic = try configurable(resource.resourceType, resource.resourceName)
        var configs: [String: String] = [:]
        for config in resource.configs {
            guard let value = config.value else { throw Self.missingValue(config.name) }
            configs[config.name] = value
        }
        try configure(topic, configs, validateOnly: validateOnly, &step)
    }

    private mutating func alter(
        _ resource: IncrementalAlterConfigsRequest.Resource, validateOnly: Bool, _ step: inout Step
    ) throws(TopicRefusal) {
        let topic = try configurable(resource.resourceType, resource.resourceName)
        var configs = topic.configs
        var seen: Set<String> = []
        for config in resource.configs {
            guard seen.insert(config.name).inserted else {
                throw TopicRefusal(.invalidRequest, "\(config.name.prefix(100)) is named twice")
            }
            try Self.apply(config, to: &configs)
        }
        try configure(topic, configs, validateOnly: validateOnly, &step)
    }

    private static func missingValue(_ name: String) -> TopicRefusal {
        TopicRefusal(.invalidConfig, "\(name.prefix(100)) has no value")
    }

    private func configurable(_ type: ConfigResourceType, _ name: String) throws(TopicRefusal) -> TopicRecord {
        guard type == .topic else {
            throw TopicRefusal(
                .invalidRequest, type == .broker ? "the broker is set up at its start" : "the resource is not a topic")
        }
        try TopicRefusal.checkName(name)
        guard let topic = topics[name] else { throw .unknown(name) }
        return topic
    }

    private mutating func configure(
        _ topic: TopicRecord, _ configs: [String: String], validateOnly: Bool, _ step: inout Step
    ) throws(TopicRefusal) {
        do { _ = try LogSettings(configs: configs) } catch { throw TopicRefusal(.invalidConfig, error.description) }
        if validateOnly || configs == topic.configs { return }
        record(.configured(name: topic.name, configs: configs), &step)
    }

    private static func apply(
        _ change: IncrementalAlterConfigsRequest.Config, to configs: inout [String: String]
    ) throws(TopicRefusal) {
        guard let config = TopicConfig.named(change.name) else {
            throw TopicRefusal(
                .invalidConfig, TopicConfigError.unknownName(String(change.name.prefix(100))).description)
        }
        if change.configOperation == .delete {
            configs[config.name] = nil
            return
        }
        guard let value = change.value else { throw missingValue(config.name) }
        switch change.configOperation {
        case .set: configs[config.name] = value
        case .append, .subtract:
            guard case .list = config.kind else {
                throw TopicRefusal(.invalidConfig, "\(config.name) is not a list")
            }
            var words = Self.words(configs[config.name] ?? config.defaultValue)
            let named = Self.words(value)
            if change.configOperation == .append {
                words += named.filter { !words.contains($0) }
            } else {
                words.removeAll { named.contains($0) }
            }
            configs[config.name] = words.joined(separator: ",")
        default: throw TopicRefusal(.invalidRequest, "the operation is unknown")
        }
    }

    private static func words(_ list: String) -> [String] {
        list.split(separator: ",").map { String($0).trimmed }
    }
}
