import EventLog
import Messages
import Processing
import ServiceCores
import TestProcesses
import Testing

/// All strategies over few values and few customers, in any order, with crashes at every boundary.
@Suite(.serialized) struct StrategyRecoveryTests {
    @Test(arguments: DeliveryGuarantee.allCases, 0..<200)
    func anyCrashAnywhereBreaksNothing(_ guarantee: DeliveryGuarantee, seed: Int) async throws {
        try await onHeavyThread {
            let life = Tangle(guarantee, seed: seed)
            for turn in 0..<60 {
                life.turn(turn)
                if turn % 20 == 19 { Invariants.audit(life.world, mustRest: false, "seed \(seed), turn \(turn)") }
            }
            life.world.settle()
            life.world.now = life.world.now.advanced(by: .seconds(400))
            life.world.settle()
            Invariants.check(life.world, physically: guarantee == .exactlyOnce, "seed \(seed)")
        }
    }

    /// The seeds above meet what they are for.
    @Test func theSeedsMeetEveryEnd() async throws {
        try await onHeavyThread {
            var seen: Set<String> = []
            for seed in 0..<120 {
                let life = Tangle(.exactlyOnce, seed: seed)
                for turn in 0..<60 { life.turn(turn) }
                life.world.settle()
                for topic in Topic.allCases where !topic.rawValue.hasSuffix("commands") {
                    for record in life.world.log.records(topic) {
                        guard let envelope = record.value.flatMap({ try? JSONObject($0) }) else { continue }
                        seen.insert(envelope.text("type") ?? "")
                        let data = envelope.object("data")
                        switch envelope.text("type") {
                        case "CustomerUnregistered" where data?.object("wanted") != nil:
                            seen.insert("left while changing")
                        case "ReleaseKey" where data?.text("reusableFrom") != nil: seen.insert("rests")
                        case "ClaimKey" where data?.integer("at") ?? 0 > 1: seen.insert("claim sent on")
                        case "ReserveKey" where data?.integer("at") ?? 0 > 1: seen.insert("reservation sent on")
                        case "KeysClaimRejected", "KeysReservationRejected":
                            if let attribute = data?.text("attribute") { seen.insert("lost: \(attribute)") }
                        default: break
                        }
                        let event = try? Message<CustomerEvent>(decoding: record.value)
                        if case .changeStarted(let wanted)? = event?.body.kind, wanted.wanted.isEmpty {
                            seen.insert("only given up")
                        }
                        if let code = data?.text("code") { seen.insert("\(topic.rawValue) \(code)") }
                    }
                }
            }
            let expected: Set = [
                "CustomerRegistered", "CustomerConfirmed", "CustomerUnregistered", "CustomerChangeStarted",
                "CustomerChanged", "CustomerChangeRejected", "KeysClaimRejected", "KeysReserved",
                "KeysReservationRejected", "KeyReleased", "RegistrationCompleted", "RegistrationCompensated",
                "RegistrationRejected", "left while changing", "rests", "command-outcomes already-registered",
                "command-outcomes not-confirmed", "command-outcomes change-in-progress", "command-outcomes value-taken",
                "command-outcomes deduplication-key-reused", "command-outcomes not-allowed",
                "process-outcomes already-registered", "process-outcomes already-unregistered",
                "registration-events value-taken", "registration-events already-registered",
                "registration-events already-unregistered", "registration-events malformed",
                "command-outcomes invalid-value", "registration-events invalid-value", "claim sent on",
                "reservation sent on", "only given up", "lost: document", "lost: email",
            ]
            #expect(expected.subtracting(seen).isEmpty, "never: \(expected.subtracting(seen).sorted())")
        }
    }
}

/// Clients who want the same values, by all strategies, and services that live somehow.
private final class Tangle {
    let world: World
    private var random: SplitMix
    private let customers: [String]

    init(_ guarantee: DeliveryGuarantee, seed: Int) {
        var random = SplitMix(seed: UInt64(seed) &+ 7_000)
        let reuses: [ReuseRule] = [.immediately, .immediately, .never, .after(.seconds(5))]
        let all = [
            UniqueAttribute(name: "document", reuse: reuses[random.below(4)]),
            UniqueAttribute(name: "email", normalize: .email, reuse: reuses[random.below(4)], isRequired: false),
            UniqueAttribute(name: "plate", normalize: .trim, isRequired: false),
        ]
        let world = World(guarantee, Array(all.prefix(1 + random.below(3))))
        world.batchLimit = 1 + random.below(6)
        if random.below(3) == 0 {
            // A copy of the index that is wrong at random.
            var whim = SplitMix(seed: UInt64(seed))
            world.advice = Adviser { _, _ in whim.below(4) == 0 }
        }
        var order = SplitMix(seed: UInt64(seed) &+ 1)
        world.firstPartition = { order.below($0) }
        let derived = (0..<3).map { NameID.customer(of: UniqueKey(attribute: "document", value: "D\($0)")).description }
        customers = (0..<6).map { "c-\($0)" } + derived
        self.world = world
        self.random = random
    }

    func turn(_ number: Int) {
        switch random.below(14) {
        case 0, 1: send("RegisterCustomer", number)
        case 2, 3: send("StartRegistration", number, to: .registrationRequests)
        case 4, 5: send("ChangeCustomer", number)
        case 6: send("UnregisterCustomer", number)
        case 7: again()
        default: world.liveSomehow(&random)
        }
        if random.below(8) == 0 { world.now = world.now.advanced(by: .seconds(random.below(20))) }
    }

    private func send(_ type: String, _ number: Int, to topic: Topic = .customerCommands) {
        let customer = customers[random.below(customers.count)]
        let home = Murmur2.partition(of: Array(customer.utf8), count: world.log.partitionCount)
        // Some clients have another partitioner, some give no id, some the same one twice, and some nothing at all.
        let partition = random.below(10) == 0 ? (home + 1) % world.log.partitionCount : home
        let id = random.below(10) == 0 ? "" : #""id":"\#(type)-\#(number / (1 + random.below(2)))","#
        let data = random.below(20) == 0 ? "{}" : #"{"values":{\#(values(type))}}"#
        world.send(
            #"{\#(id)"source":"/test","type":"\#(type)","data":\#(data)}"#, key: customer, to: topic,
            partition: partition)
    }

    /// Members of `values`: now and then an attribute too many, or one that nobody may lack given up.
    private func values(_ type: String) -> String {
        var members: [String] = []
        let isChange = type == "ChangeCustomer"
        if !isChange || random.below(3) == 0 { members.append(#""document":"D\#(random.below(4))""#) }
        let names = world.declaration.attributes.dropFirst().map(\.name) + (random.below(15) == 0 ? ["unknown"] : [])
        for name in names where random.below(2) == 0 {
            members.append(
                random.below(isChange ? 2 : 4) == 0 ? #""\#(name)":null"# : #""\#(name)":"E@\#(random.below(3))""#)
        }
        if members.isEmpty { members.append(#""document":null"#) }
        return members.joined(separator: ",")
    }

    /// Something that is there already is written again: what clients, retries and restored backups do.
    private func again() {
        // Books too, where the log may hold repeats. Not the index that is served: it is compacted.
        var topics: [Topic] = [.customerCommands, .registrationRequests, .processCommands, .uniqueClaims]
        if world.guarantee == .atLeastOnce {
            topics += [.customerEvents, .commandOutcomes, .processOutcomes, .registrationEvents, .uniqueVerdicts]
        }
        let records = world.log.records(topics[random.below(topics.count)])
        guard !records.isEmpty else { return }
        let record = records[random.below(records.count)]
        world.log.append(
            OutgoingRecord(
                topic: record.topic, partition: record.partition, key: record.key, value: record.value,
                headers: record.headers))
    }
}
