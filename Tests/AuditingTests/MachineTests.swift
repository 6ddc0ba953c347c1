import Auditing
import EventLog
import Messages
import Processing
import ServiceCores
import Testing

@Suite("What the real services do, in any order and with crashes, is clean")
struct MachineTests {
    @Test("exactly once", arguments: 0..<30) func exactlyOnce(seed: Int) { run(seed, .exactlyOnce) }

    @Test("at least once", arguments: 0..<30) func atLeastOnce(seed: Int) { run(seed, .atLeastOnce) }

    private func run(_ seed: Int, _ guarantee: DeliveryGuarantee) {
        let reuses: [DocumentReuse] = [.immediately, .never, .after(.seconds(40))]
        let machine = Machine(seed: UInt64(seed), guarantee, reuses[seed % 3])
        for round in 0..<30 {
            for _ in 0..<machine.below(4) { machine.ask("\(round)") }
            let group = ConsumerGroup.allCases[machine.below(4)]
            if machine.below(8) == 0 { machine.forget(group) }
            let cut = machine.below(3) == 0 ? machine.below(6) : nil
            machine.live(group, polls: 1 + machine.below(8), cutAfter: cut)
            machine.now = machine.now.advanced(by: .seconds(machine.below(5)))
            if round.isMultiple(of: 5) {
                // Nothing is broken on the way.
                let soFar = machine.audit()
                #expect(soFar.holds, "seed \(seed), \(guarantee), round \(round)\n\(soFar.text())")
            }
        }
        machine.settle()
        let report = machine.audit()
        #expect(report.exitCode == 0, "seed \(seed), \(guarantee)\n\(report.text())")
    }

    @Test("and everything that can happen does happen") func sometimes() {
        var seen: Set<String> = []
        for seed in 0..<24 {
            let machine = Machine(seed: UInt64(seed), .exactlyOnce, seed.isMultiple(of: 2) ? .immediately : .never)
            for round in 0..<30 {
                for _ in 0..<machine.below(4) { machine.ask("\(round)") }
                machine.live(ConsumerGroup.allCases[machine.below(4)], polls: 1 + machine.below(8))
            }
            machine.settle()
            for (place, records) in machine.partitions where !place.topic.hasSuffix("commands") {
                for case let record? in records {
                    guard let value = record.value, let envelope = try? JSONObject(value) else { continue }
                    seen.insert(envelope.text("type") ?? "")
                    if envelope.object("data")?.text("wantedDocument") != nil { seen.insert("left while changing") }
                    if envelope.object("data")?.text("reusableFrom") != nil { seen.insert("rests") }
                    if let code = envelope.object("data")?.text("code") { seen.insert(code) }
                }
            }
        }
        let expected: Set = [
            "CustomerRegistered", "CustomerConfirmed", "CustomerUnregistered", "CustomerDocumentChangeStarted",
            "CustomerDocumentChanged", "CustomerDocumentChangeRejected", "DocumentClaimRejected", "DocumentReserved",
            "DocumentReservationRejected", "DocumentReleased", "RegistrationCompleted", "RegistrationCompensated",
            "RegistrationRejected", "left while changing", "rests", "already-registered", "already-unregistered",
            "not-confirmed", "change-in-progress", "document-taken", "deduplication-key-reused",
        ]
        #expect(expected.subtracting(seen).isEmpty, "never: \(expected.subtracting(seen).sorted())")
    }
}

extension Machine {
    /// A client does something, to few customers and documents, so that they meet.
    func ask(_ id: String) {
        let document = "D\(below(9))"
        let customer = below(6) == 0 ? NameID.customer(ofDocument: document).description : "c-\(below(6))"
        let data = #"{"document":"\#(document)"}"#
        switch below(12) {
        case 0..<4: send("RegisterCustomer", customer, id, data)
        case 4..<7: send("StartRegistration", customer, id, data, to: .registrationRequests)
        case 7..<9: send("ChangeCustomerDocument", customer, id, data)
        case 9: send("UnregisterCustomer", customer, id, "{}")
        case 10: send("StartRegistration", customer, id, "{}", to: .registrationRequests)
        default: again()
        }
    }

    private func send(
        _ type: String, _ customer: String, _ id: String, _ data: String, to topic: Topic = .customerCommands
    ) {
        let key = Array(customer.utf8)
        let home = Murmur2.partition(of: key, count: Self.partitionCount)
        // Some clients have another partitioner, and some give no id.
        let partition = below(10) == 0 ? (home + 1) % Self.partitionCount : home
        let name = below(10) == 0 ? "" : #""id":"\#(id)-\#(below(3))","#
        let value = #"{\#(name)"source":"/client","type":"\#(type)","data":\#(data)}"#
        append(
            OutgoingRecord(
                topic: names.name(topic), partition: partition, key: key, value: Array(value.utf8)))
    }

    /// Something that is there already is written again: what clients, retries and restored backups do.
    private func again() {
        let topics: [Topic] = [.customerCommands, .registrationRequests, .processCommands, .documentClaims]
        let place = TopicPartition(
            topic: names.name(topics[below(topics.count)]), partition: Int32(below(Int(Self.partitionCount))))
        let records = (partitions[place] ?? []).compactMap { $0 }
        guard !records.isEmpty else { return }
        let record = records[below(records.count)]
        append(
            OutgoingRecord(
                topic: record.topic, partition: record.partition, key: record.key, value: record.value,
                headers: record.headers))
    }
}
