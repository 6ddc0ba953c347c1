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
    /// - Parameters:
    ///   - topics: those of the deployment that exist.
    ///   - history: what the topic `deployment` has.
    public func findings(topics: [TopicState], history: DeclarationHistory) -> [Finding] {
        var findings: [Finding] = []
        for topic in Topic.allCases {
            if let state = topics.first(where: { $0.topic == topic }) {
                findings += partitionFindings(state, history.current?.declaration) + settingFindings(state)
                findings += copyFindings(state)
            } else {
                findings.append(
                    Finding(
                        .wrong, names.name(topic), what: "is missing",
                        why: "the services wait until all topics are there", remedy: "soleholder topics create"))
            }
        }
        if topics.contains(where: { $0.topic == .deployment }) { findings += declarationFindings(history) }
        return findings + singleCopyFindings(topics)
    }

    private func partitionFindings(_ state: TopicState, _ declared: Declaration?) -> [Finding] {
        // Nothing can be said of the others as long as nothing is declared.
        guard
            let expected = declared.map({ state.topic.partitionCount(declared: $0.partitions) })
                ?? (state.topic == .deployment ? 1 : nil), state.partitions != expected
        else { return [] }
        let again = "\(tool.delete(state.name)); then soleholder topics create"
        let remedy =
            if !state.hasRecords {
                again
            } else if state.topic.isDeadLetter {
                "once its letters were replayed or are not needed any more: \(again)"
            } else {
                "partitions can't be taken away again, and a new state directory does not help: copy the customers to a new"
                    + " deployment with another --topic-prefix (docs/operations.md, \"Another number of partitions\")"
            }
        return [
            Finding(
                .wrong, state.name,
                what: state.topic == .deployment
                    ? "has \(state.partitions) partitions, and must have one"
                    : "has \(state.partitions) partitions, but \(expected) are declared",
                why:
                    "a customer's partition follows from the number: with another one the same customer would be decided"
                    + " in two places. The services refuse to start, and end with 64", remedy: remedy)
        ]
    }

    /// How many records that don't count are told one by one.
    private static let toldRecords = 10

    private func declarationFindings(_ history: DeclarationHistory) -> [Finding] {
        let name = names.name(.deployment)
        var findings: [Finding] = []
        if history.current == nil {
            findings.append(
                Finding(
                    .wrong, name, what: "nothing is declared", why: "the services wait until something is",
                    remedy: "soleholder topics create"))
        }
        let why = "nobody goes by it, but only operators may write there"
        let remedy =
            "have an access rule that keeps everyone else out: kafka-acls.sh --bootstrap-server"
            + " \(tool.bootstrapServers) --add --allow-principal User:OPERATOR --operation Write --topic \(name)"
        for ignored in history.ignored.prefix(Self.toldRecords) {
            findings.append(
                Finding(
                    .warning, name, what: "the record at offset \(ignored.offset) does not count: \(ignored.why)",
                    why: why, remedy: remedy))
        }
        if history.ignored.count > Self.toldRecords {
            findings.append(
                Finding(
                    .warning, name, what: "\(history.ignored.count - Self.toldRecords) more records do not count",
                    why: why, remedy: remedy))
        }
        return findings
    }

    private func settingFindings(_ state: TopicState) -> [Finding] {
        policyFindings(state) + retentionFindings(state) + timeFindings(state) + sizeFindings(state)
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
            ? "the last record of each unique key must stay, however old it is"
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

    private func timeFindings(_ state: TopicState) -> [Finding] {
        guard let type = state.topic.configuration["message.timestamp.type"],
            state.settings["message.timestamp.type"] != type
        else { return [] }
        return [
            wrong(
                state, "message.timestamp.type", type,
                why:
                    "retention goes by the records' time: a client with a wrong clock, or with seconds for milliseconds,"
                    + " makes the broker delete commands before they were read")
        ]
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
                        ? "a record that does not fit is cut, and can't be replayed"
                        : "the services write batches of up to that size, and can't go on when one is refused")
            ]
        }
        // A little more than a mebibyte is Kafka's own default, and still fits a dead letter with its headers.
        guard state.topic.isWrittenByClients, size > mebibyte + mebibyte / 2 else { return [] }
        return [
            wrong(
                state, "max.message.bytes", String(least),
                why: "a record of that size may not fit the dead letter topic, is then cut, and can't be replayed")
        ]
    }
}
