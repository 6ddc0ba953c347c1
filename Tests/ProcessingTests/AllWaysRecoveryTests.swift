import EventLog
import Messages
import Processing
import ServiceCores
import Testing

/// All ways over few documents and few customers, in any order, with crashes at every boundary.
@Suite(.serialized) struct AllWaysRecoveryTests {
    @Test(arguments: DeliveryGuarantee.allCases, 0..<200)
    func anyCrashAnywhereBreaksNothing(_ guarantee: DeliveryGuarantee, seed: Int) {
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

    /// The seeds above meet what they are for.
    @Test func theSeedsMeetEveryEnd() {
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
                    if data?.text("wantedDocument") != nil { seen.insert("left while changing") }
                    if data?.text("reusableFrom") != nil { seen.insert("rests") }
                    if let code = data?.text("code") { seen.insert("\(topic.rawValue) \(code)") }
                }
            }
        }
        let expected: Set = [
            "CustomerRegistered", "CustomerConfirmed", "CustomerUnregistered", "CustomerDocumentChangeStarted",
            "CustomerDocumentChanged", "CustomerDocumentChangeRejected", "DocumentClaimRejected", "DocumentReserved",
            "DocumentReservationRejected", "DocumentReleased", "RegistrationCompleted", "RegistrationCompensated",
            "RegistrationRejected", "left while changing", "rests", "command-outcomes already-registered",
            "command-outcomes not-confirmed", "command-outcomes change-in-progress", "command-outcomes document-taken",
            "command-outcomes deduplication-key-reused", "command-outcomes not-allowed",
            "process-outcomes already-registered", "process-outcomes already-unregistered",
            "registration-events document-taken", "registration-events already-registered",
            "registration-events already-unregistered", "registration-events malformed",
        ]
        #expect(expected.subtracting(seen).isEmpty, "never: \(expected.subtracting(seen).sorted())")
    }
}

/// Clients who want the same documents, in all ways, and services that live somehow.
private final class Tangle {
    let world: World
    private var random: SplitMix
    private let customers: [String]

    init(_ guarantee: DeliveryGuarantee, seed: Int) {
        var random = SplitMix(seed: UInt64(seed) &+ 7_000)
        let world = World(guarantee)
        world.batchLimit = 1 + random.below(6)
        world.reuse = [.immediately, .immediately, .never, .after(.seconds(5))][random.below(4)]
        if random.below(3) == 0 {
            // A copy of the index that is wrong at random.
            var whim = SplitMix(seed: UInt64(seed))
            world.advice = Adviser { _, _ in whim.below(4) == 0 }
        }
        var order = SplitMix(seed: UInt64(seed) &+ 1)
        world.firstPartition = { order.below($0) }
        customers = (0..<6).map { "c-\($0)" } + (0..<3).map { NameID.customer(ofDocument: "D\($0)").description }
        self.world = world
        self.random = random
    }

    func turn(_ number: Int) {
        switch random.below(14) {
        case 0, 1: send("RegisterCustomer", number)
        case 2, 3: send("StartRegistration", number, to: .registrationRequests)
        case 4, 5: send("ChangeCustomerDocument", number)
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
        let data = random.below(20) == 0 ? "{}" : #"{"document":"D\#(random.below(4))"}"#
        world.send(
            #"{\#(id)"source":"/test","type":"\#(type)","data":\#(data)}"#, key: customer, to: topic,
            partition: partition)
    }

    /// Something that is there already is written again: what clients, retries and restored backups do.
    private func again() {
        // Books too, where the log may hold repeats. Not the index that is served: it is compacted.
        var topics: [Topic] = [.customerCommands, .registrationRequests, .processCommands, .documentClaims]
        if world.guarantee == .atLeastOnce {
            topics += [.customerEvents, .commandOutcomes, .processOutcomes, .registrationEvents, .documentEvents]
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
