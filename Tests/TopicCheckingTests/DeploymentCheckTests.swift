import EventLog
import Messages
import Testing
import TopicChecking

@Suite struct DeploymentCheckTests {
    private let declared = history(Declaration.standard())

    private static func history(_ declarations: Declaration?...) -> DeclarationHistory { history(declarations) }

    private static func history(_ declarations: [Declaration?]) -> DeclarationHistory {
        var history = DeclarationHistory()
        for (offset, declaration) in declarations.enumerated() {
            let record = declaration.map {
                DeploymentDeclared(revision: Int64(offset) + 1, declaration: $0).record(
                    id: "\(offset)", source: "/t", time: Timestamp(microseconds: 0), in: DeploymentNames(prefix: "p."))
            }
            history.take(
                LogRecord(topic: "p.deployment", partition: 0, offset: Int64(offset), key: nil, value: record?.value))
        }
        return history
    }

    private let check = DeploymentCheck(names: DeploymentNames(prefix: "p."), bootstrapServers: "kafka-1:9092")

    /// All topics as `topics create` makes them on a cluster of three.
    private func topics(
        copies: Int = 3, _ change: (inout TopicState) -> Void = { _ in }
    ) -> [TopicState] {
        Topic.allCases.map { topic in
            var settings = [
                "max.message.bytes": "1048588", "retention.ms": "604800000", "retention.bytes": "-1",
                "min.insync.replicas": "1", "unclean.leader.election.enable": "false",
            ]
            settings.merge(TopicSettings.creation(of: topic, replicationFactor: Int32(copies))) { $1 }
            var state = TopicState(
                topic: topic, name: "p.\(topic.rawValue)", partitions: topic.partitionCount(declared: 12),
                replicationFactor: copies, settings: settings)
            change(&state)
            return state
        }
    }

    private func findings(_ topic: Topic, _ setting: String, _ value: String?, copies: Int = 3) -> [Finding] {
        check.findings(
            topics: topics(copies: copies) { if $0.topic == topic { $0.settings[setting] = value } }, history: declared)
    }

    @Test func whatIsMadeIsFine() {
        #expect(check.findings(topics: topics(), history: declared) == [])
        #expect(check.findings(topics: topics(copies: 5), history: declared) == [])
        #expect(TopicSettings.creation(of: .customerEvents, replicationFactor: 3)["min.insync.replicas"] == "2")
        for copies in [nil, 1, 2] as [Int32?] {
            #expect(
                TopicSettings.creation(of: .customerEvents, replicationFactor: copies)
                    == Topic.customerEvents.configuration)
        }
    }

    @Test func oneCopyIsOneWarning() {
        let findings = check.findings(topics: topics(copies: 1), history: declared)
        #expect(findings.map(\.severity) == [.warning])
        #expect(findings.first?.subject == "all topics")
        let one = check.findings(
            topics: topics { if $0.topic == .uniqueIndex { $0.replicationFactor = 1 } }, history: declared)
        // And its two wanted copies can't be had.
        #expect(one.map(\.severity) == [.wrong, .warning])
        #expect(one.last?.subject == "p.unique-index")
    }

    @Test func whatIsMissingOrOfOtherDimensions() {
        let all = topics()
        let missing = check.findings(topics: all.filter { $0.topic != .uniqueClaims }, history: declared)
        #expect(missing.map(\.what) == ["is missing"])
        #expect(missing.first?.remedy == "soleholder topics create")
        #expect(check.findings(topics: [], history: declared).count == Topic.allCases.count)
        let other = check.findings(
            topics: topics { if $0.topic == .uniqueVerdicts { $0.partitions = 6 } }, history: declared)
        #expect(other.map(\.what) == ["has 6 partitions, but 12 are declared"])
        #expect(other.first?.severity == .wrong)
        #expect(
            other.first?.remedy.contains("--delete --topic p.unique-verdicts; then soleholder topics create") == true)
        // What can be deleted is made anew; what holds data can't be mended there.
        for (topic, words) in [
            (Topic.uniqueVerdicts, "another --topic-prefix"), (.customerEventsDeadLetter, "letters were replayed"),
        ] {
            let full = check.findings(
                topics: topics {
                    if $0.topic == topic { ($0.partitions, $0.hasRecords) = (24, true) }
                }, history: declared)
            #expect(full.map(\.what) == ["has 24 partitions, but 12 are declared"])
            #expect(full.first?.remedy.contains(words) == true)
        }
        let shared = check.findings(
            topics: topics { if $0.topic == .deployment { $0.partitions = 12 } }, history: declared)
        #expect(shared.map(\.what) == ["has 12 partitions, and must have one"])
    }

    @Test(
        arguments: [
            (Topic.customerEvents, "cleanup.policy", "compact"), (.customerEvents, "cleanup.policy", "compact,delete"),
            (.uniqueIndex, "cleanup.policy", "delete"), (.uniqueIndex, "cleanup.policy", "compact,delete"),
            (.customerEvents, "retention.ms", "604800000"), (.commandOutcomes, "retention.ms", nil),
            (.customerCommands, "retention.ms", "3600000"), (.customerEventsDeadLetter, "retention.ms", "604800000"),
            (.registrationEvents, "retention.bytes", "1073741824"), (.customerCommands, "max.message.bytes", "1000000"),
            (.customerEvents, "max.message.bytes", "500000"),
            (.customerCommandsDeadLetter, "max.message.bytes", "1048588"),
            (.customerCommands, "message.timestamp.type", "CreateTime"),
            (.registrationRequests, "message.timestamp.type", nil), (.deployment, "retention.ms", "604800000"),
            (.deployment, "cleanup.policy", "compact"),
            (.customerCommands, "max.message.bytes", "2097152"), (.uniqueVerdicts, "max.message.bytes", nil),
            (.uniqueClaims, "unclean.leader.election.enable", "true"), (.customerEvents, "min.insync.replicas", "1"),
            (.customerEvents, "min.insync.replicas", "4"), (.customerEvents, "min.insync.replicas", nil),
        ] as [(Topic, String, String?)])
    func whatBreaksAGuarantee(topic: Topic, setting: String, value: String?) {
        let found = findings(topic, setting, value)
        #expect(found.count == 1)
        #expect(found.first?.severity == .wrong)
        #expect(found.first?.subject == "p.\(topic.rawValue)")
        #expect(found.first?.what.hasPrefix("\(setting) is \(value ?? "not told"), should be ") == true)
        let start = "kafka-configs.sh --bootstrap-server kafka-1:9092 --alter --entity-type topics --entity-name "
        #expect(found.first?.remedy.hasPrefix("\(start)p.\(topic.rawValue) --add-config \(setting)=") == true)
    }

    @Test(arguments: [
        (Topic.customerCommands, "retention.ms", "-1"), (.customerCommands, "retention.ms", "999999999999"),
        (.customerEvents, "max.message.bytes", "4000000"), (.customerEventsDeadLetter, "max.message.bytes", "9000000"),
    ])
    func whatIsMoreThanNeededIsFine(topic: Topic, setting: String, value: String) {
        #expect(findings(topic, setting, value) == [])
    }

    @Test(arguments: [
        (Topic.customerCommands, "retention.bytes", "1000000000", 3), (.customerEvents, "min.insync.replicas", "3", 3),
    ])
    func whatOneShouldKnow(topic: Topic, setting: String, value: String, copies: Int) {
        #expect(findings(topic, setting, value, copies: copies).map(\.severity) == [.warning])
    }

    @Test func whatIsDeclaredIsLookedAt() {
        let nothing = check.findings(topics: topics(), history: DeclarationHistory())
        #expect(nothing.map(\.what) == ["nothing is declared"])
        #expect(nothing.map(\.severity) == [.wrong] && nothing.map(\.subject) == ["p.deployment"])
        // Records that do not count are named; beyond ten they are counted.
        let foreign = check.findings(
            topics: topics(), history: Self.history(Declaration.standard(), nil, Declaration.standard(partitions: 3)))
        #expect(
            foreign.map(\.what) == [
                "the record at offset 1 does not count: it is a tombstone",
                "the record at offset 2 does not count: it names revision 3, and 2 was next",
            ])
        #expect(foreign.allSatisfy { $0.severity == .warning && $0.remedy.contains("kafka-acls.sh") })
        var many = declared
        for offset in 1...12 as ClosedRange<Int64> {
            many.take(LogRecord(topic: "p.deployment", partition: 0, offset: offset, key: nil, value: nil))
        }
        let told = check.findings(topics: topics(), history: many)
        #expect(told.count == 11 && told.last?.what == "2 more records do not count")
    }

    @Test func whoHasNotAdoptedWhatCountsIsNamed() {
        func never(_ count: Int) -> DeclarationHistory {
            let reuses: [ReuseRule] = [.immediately, .never, .after(.seconds(60))]
            return Self.history(
                reuses.prefix(count).map { reuse in
                    Declaration(attributes: [UniqueAttribute(name: "document", reuse: reuse)])
                })
        }
        func findings(_ revisions: Int, _ marks: [(Int32, String)]) -> [Finding] {
            check.findings(
                commandService: marks.map { CommittedMark(partition: $0.0, metadata: $0.1) }, history: never(revisions))
        }
        let first = OffsetMark.of("a", revision: 1)
        let second = OffsetMark.of("b", revision: 2)
        #expect(findings(1, [(0, first), (1, first)]) == [])
        let found = findings(2, [(10, first), (2, first), (0, second)])
        #expect(found.map(\.subject) == ["p.command-service instance a"])
        #expect(
            found.map(\.what) == ["decides by revision 1 of the declaration (partitions 2, 10), and 2 counts"])
        #expect(found.allSatisfy { $0.severity == .warning && $0.remedy.contains("restart it") })
        // Each of those who are behind, by whatever they decide.
        #expect(
            findings(3, [(1, second), (0, first)]).map(\.subject) == [
                "p.command-service instance a", "p.command-service instance b",
            ])
        // Of the inputs of one partition the later word counts: the older one is of whoever had it before.
        let words: [(Int32, String)] = [(0, first), (0, second)]
        #expect(findings(2, words) == [] && findings(2, words.reversed()) == [])
        // An operator has set it, a stranger has, or it is of a service that decides by none.
        let others = [OffsetMark.of("operator"), "", "mine declaration=1", OffsetMark.of("c declaration=x")]
        #expect(findings(2, others.map { (0, $0) }) == [])
        // It may be set for one input while the other one is an instance's.
        #expect(findings(2, [(0, first), (0, others[0])]).count == 1)
        #expect(findings(0, [(0, first)]) == [])
    }

    @Test func twoCopiesAreLostOrInTheWay() {
        #expect(check.findings(topics: topics(copies: 2), history: declared).allSatisfy { $0.severity == .wrong })
        let both = check.findings(
            topics: topics(copies: 2) { $0.settings["min.insync.replicas"] = "2" }, history: declared)
        #expect(both.count == Topic.allCases.count && both.allSatisfy { $0.severity == .warning })
    }

    @Test func brokersAreLookedAtToo() {
        func findings(
            _ settings: [String: String], brokers: Int32 = 1, topics kept: [TopicState] = []
        ) -> [Finding] {
            check.findings(
                brokers: (1...brokers).map { BrokerState(id: $0, settings: settings) }, topics: kept,
                transactionTimeout: 10_000)
        }
        #expect(findings([:]) == [])
        #expect(findings(["transaction.max.timeout.ms": "10000", "offsets.retention.minutes": "20160"]) == [])
        let short = findings(["transaction.max.timeout.ms": "9999"])
        #expect(short.map(\.severity) == [.wrong])
        #expect(short.first?.remedy.contains("transaction.max.timeout.ms=10000") == true)
        // Commands that are kept for longer want offsets that are.
        let month = topics { if $0.topic == .customerCommands { $0.settings["retention.ms"] = "2592000000" } }
        let shorter = findings(["offsets.retention.minutes": "20160"], topics: month)
        #expect(shorter.map(\.what) == ["offsets.retention.minutes is 20160, should be at least 53280"])
        #expect(findings(["offsets.retention.minutes": "10080"]).map(\.severity) == [.warning])
        #expect(
            findings(["transactional.id.expiration.ms": "3600000", "offsets.retention.minutes": "60"])
                .map(\.severity) == [.warning, .warning])
        // On one broker its own topics have one copy as all others have.
        let alone = ["transaction.state.log.min.isr": "1", "offsets.topic.replication.factor": "1"]
        #expect(findings(alone) == [])
        #expect(findings(alone, brokers: 3).map(\.severity) == Array(repeating: .wrong, count: 6))
    }
}
