public import Messages

/// Compares a cluster with what the guarantees rest on.
public struct DeploymentCheck: Sendable {
    let names: DeploymentNames
    let tool: KafkaTool

    /// - Parameter bootstrapServers: stands in the commands that mend a finding.
    public init(names: DeploymentNames, bootstrapServers: String) {
        self.names = names
        tool = KafkaTool(bootstrapServers: bootstrapServers)
    }

    /// What is wrong with the topics, in the contract's order of topics.
    /// - Parameter topics: those of the deployment that exist.
    public func findings(topics: [TopicState]) -> [Finding] {
        let expected =
            topics.first { $0.topic == .customerEvents }?.partitions ?? topics.map(\.partitions).max() ?? 0
        var findings: [Finding] = []
        for topic in Topic.allCases {
            if let state = topics.first(where: { $0.topic == topic }) {
                findings += partitionFindings(state, expected) + settingFindings(state) + copyFindings(state)
            } else {
                findings.append(
                    Finding(
                        .wrong, names.name(topic), what: "is missing",
                        why: "the services wait until all topics are there",
                        remedy: "soleholder topics create\(expected > 0 ? " --partitions \(expected)" : "")"))
            }
        }
        return findings + singleCopyFindings(topics)
    }

    private func partitionFindings(_ state: TopicState, _ expected: Int32) -> [Finding] {
        guard state.partitions != expected else { return [] }
        return [
            Finding(
                .wrong, state.name,
                what: "has \(state.partitions) partitions, but \(names.name(.customerEvents)) has \(expected)",
                why: "a customer must have the same partition in all topics; the services refuse to start",
                remedy: "while nothing is in it: \(tool.delete(state.name)); then"
                    + " soleholder topics create --partitions \(expected)")
        ]
    }

    private func settingFindings(_ state: TopicState) -> [Finding] {
        policyFindings(state) + retentionFindings(state) + sizeFindings(state)
    }

    private func wrong(_ state: TopicState, _ setting: String, _ value: String, why: String) -> Finding {
        finding(.wrong, state, setting, value, why: why)
    }

    func finding(
        _ severity: Finding.Severity, _ state: TopicState, _ setting: String, _ value: String, why: String
    ) -> Finding {
        Finding(
            severity, state.name, what: "\(setting) is \(state.settings[setting] ?? "not told"), should be \(value)",
            why: why, remedy: tool.set(setting, value, of: state.name))
    }

    private func policyFindings(_ state: TopicState) -> [Finding] {
        guard let policy = state.topic.configuration["cleanup.policy"], state.settings["cleanup.policy"] != policy
        else { return [] }
        let why =
            policy == "compact"
            ? "the last record of each document must stay, however old it is"
            : "compaction takes away records that were never processed, or that state is rebuilt from"
        return [wrong(state, "cleanup.policy", policy, why: why)]
    }

    /// Kept longer than the contract asks for does no harm.
    private func retentionFindings(_ state: TopicState) -> [Finding] {
        guard let text = state.topic.configuration["retention.ms"], let least = Int64(text) else { return [] }
        let isForever = least < 0
        var findings: [Finding] = []
        let time = state.number("retention.ms")
        if let time, time < 0 || (!isForever && time >= least) {
        } else {
            findings.append(
                wrong(
                    state, "retention.ms", text,
                    why: isForever
                        ? "it is kept for ever: state is rebuilt from it, and a record that is gone can't be told twice"
                        : "a service that is away for longer loses what it has not processed"))
        }
        let bytes = state.number("retention.bytes")
        if let bytes, bytes < 0 { return findings }
        let why = "what lies beyond that size goes, whether it was processed or not"
        findings.append(
            isForever
                ? wrong(state, "retention.bytes", "-1", why: why)
                : finding(.warning, state, "retention.bytes", "-1", why: why))
        return findings
    }

    private func sizeFindings(_ state: TopicState) -> [Finding] {
        let mebibyte: Int64 = 1_048_576
        let least = state.topic.configuration["max.message.bytes"].flatMap { Int64($0) } ?? mebibyte
        guard let size = state.number("max.message.bytes") else {
            return [wrong(state, "max.message.bytes", String(least), why: "it is not known what the topic takes")]
        }
        if size < least {
            return [
                wrong(
                    state, "max.message.bytes", String(least),
                    why: state.topic.isDeadLetter
                        ? "a record that can't be put aside stops its service"
                        : "the services write batches of up to that size, and stop when one is refused")
            ]
        }
        // A little more than a mebibyte is Kafka's own default, and still fits a dead letter with its headers.
        guard state.topic.isWrittenByClients, size > mebibyte + mebibyte / 2 else { return [] }
        return [
            wrong(
                state, "max.message.bytes", String(least),
                why: "a record of that size does not fit the dead letter topic, and stops the service that meets it")
        ]
    }
}
