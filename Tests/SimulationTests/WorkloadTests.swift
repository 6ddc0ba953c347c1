import EventLog
import Messages
import Processing
import Simulation
import Testing

@Suite struct WorkloadTests {
    private func workload(_ seed: UInt64, _ guarantee: DeliveryGuarantee = .exactlyOnce) -> Workload {
        var dice = Dice(seed: seed)
        let options = WorkloadOptions(dice: &dice, guarantee: guarantee)
        return Workload(options, dice: dice.fork(), names: DeploymentNames(prefix: "t."), declaration: Self.declaration)
    }

    private static let declaration = Declaration(
        attributes: [
            UniqueAttribute(name: "alpha"), UniqueAttribute(name: "b-2", normalize: .email, isRequired: false),
        ],
        partitions: 3)

    @Test func oneSeedIsOneWorkload() {
        for seed in 0..<20 as Range<UInt64> {
            let first = workload(seed)
            let second = workload(seed)
            #expect(first.options == second.options)
            #expect(first.records == second.records)
            #expect(first.replays == second.replays)
            #expect(first.records != workload(seed + 1).records)
        }
    }

    @Test func allIsInTheOrderOfTime() {
        for seed in 0..<50 as Range<UInt64> {
            let workload = workload(seed, .atLeastOnce)
            let times = workload.records.map(\.time)
            #expect(times == times.sorted())
            #expect(workload.replays.map(\.time) == workload.replays.map(\.time).sorted())
            #expect(workload.records.allSatisfy { (0..<3).contains($0.record.partition) })
            #expect(workload.records.allSatisfy { $0.record.topic.hasPrefix("t.") })
            #expect(workload.records.count >= workload.options.commands)
            #expect(workload.end >= times.last ?? 0)
        }
    }

    /// Nobody writes books where the log holds each of their records once, and nobody at all to the served index.
    @Test func booksAreReplayedOnlyWhereRepeatsMayBe() {
        let books: Set<Topic> = [
            .customerEvents, .commandOutcomes, .processOutcomes, .registrationEvents, .uniqueVerdicts,
        ]
        var seen: Set<Topic> = []
        for seed in 0..<100 as Range<UInt64> {
            #expect(books.isDisjoint(with: workload(seed).replays.map(\.topic)))
            seen.formUnion(workload(seed, .atLeastOnce).replays.map(\.topic))
        }
        #expect(seen.isSuperset(of: books))
        #expect(!seen.contains(.uniqueIndex))
    }

    /// The seeds meet what they are for.
    @Test func everyKindOfCommandIsSent() {
        var types: Set<String> = []
        var kinds: Set<String> = []
        let reader = CommandReader(Self.declaration)
        var hashes: [DeduplicationKey: String?] = [:]
        for seed in 0..<60 as Range<UInt64> {
            hashes = [:]
            for planned in workload(seed).records {
                let record = planned.record
                guard let topic = DeploymentNames(prefix: "t.").topic(record.topic),
                    let customer = CustomerID.read(record.key)
                else {
                    kinds.insert("no key")
                    continue
                }
                let isHome = Murmur2.partition(of: record.key ?? [], count: 3) == record.partition
                if !isHome { kinds.insert("misrouted") }
                if NameID(customer) != nil { kinds.insert("derived") }
                let read = LogRecord(
                    topic: record.topic, partition: 0, offset: 0, key: record.key, value: record.value,
                    headers: record.headers)
                guard case .command(let command) = reader.read(read, from: topic, customerID: customer, firstPlace: "-")
                else {
                    kinds.insert("unreadable")
                    continue
                }
                types.insert(command.type)
                if command.id == "-" { kinds.insert("anonymous") }
                if case .failure(let refusal) = command.content { kinds.insert(refusal.code.rawValue) }
                if let hash = hashes[command.key], command.id != "-" {
                    kinds.insert(hash == command.hashText ? "resent" : "reused")
                }
                hashes[command.key] = hashes[command.key] ?? command.hashText
            }
        }
        #expect(
            types.isSuperset(of: [
                "RegisterCustomer", "StartRegistration", "ChangeCustomer", "UnregisterCustomer",
                "ConfirmCustomer", "PaintCustomer",
            ]))
        let expected: Set = [
            "no key", "misrouted", "derived", "unreadable", "anonymous", "resent", "reused", "malformed",
            "invalid-value", "not-allowed", "unknown-type",
        ]
        #expect(expected.subtracting(kinds).isEmpty, "never: \(expected.subtracting(kinds).sorted())")
    }

    @Test func aReplayIsTheSameRecordAgain() throws {
        let workload = workload(1)
        var dice = Dice(seed: 1)
        #expect(workload.replay(of: [], using: &dice) == nil)
        let record = LogRecord(
            topic: "t.customer-commands", partition: 2, offset: 7, key: [1], value: [2],
            headers: [RecordHeader("origin", "x")])
        let again = try #require(workload.replay(of: [record], using: &dice))
        #expect(again.topicPartition == record.topicPartition)
        #expect(again.value == record.value && again.key == record.key && again.headers == record.headers)
    }

    @Test func theOptionsAreOneLine() {
        let text = workload(3).options.description
        #expect(text.split(separator: " ").allSatisfy { $0.split(separator: "=").count == 2 })
        #expect(text.hasPrefix("customers="))
    }
}
