import ChaosPlanning
import EventLog
import Foundation
import KafkaClient
import LoadGenerating
import Messages

/// Sends what a tangle says: clients who want the same values, through all strategies, and change their minds.
final class Tangler: Sendable {
    private let kafka: KafkaConfiguration
    private let names: DeploymentNames
    let work = SideWork()

    init(bootstrapServers: String, names: DeploymentNames) {
        kafka = KafkaConfiguration(
            bootstrapServers: bootstrapServers, properties: ["message.timeout.ms": "60000"], clientID: "chaos")
        self.names = names
    }

    func start(_ tangle: Tangle) { work.start { [self] in try send(tangle) } }

    private func send(_ tangle: Tangle) throws -> Int {
        let producer = try KafkaProducer(configuration: kafka)
        defer { producer.close() }
        var dice = SeededGenerator(seed: UInt64(tangle.seed))
        let records = self.records(of: tangle, partitionCount: try partitionCount())
        var next = 0
        while next < records.count {
            // In handfuls with pauses, so that some meet what the earlier ones have become, and some each other.
            let handful = min(1 + dice.below(40), records.count - next)
            for record in records[next..<(next + handful)] { try producer.send(record) }
            next += handful
            _ = producer.flush(timeout: .milliseconds(dice.below(400)))
        }
        _ = producer.flush(timeout: .seconds(60))
        return producer.deliveredCount
    }

    private func partitionCount() throws -> Int32 {
        let reader = try KafkaLogReader(configuration: kafka, timeout: .seconds(30))
        defer { reader.close() }
        guard let count = try reader.partitionCount(of: names.name(.customerCommands)) else {
            throw LogError(.unknownTopic, "there is no \(names.name(.customerCommands))")
        }
        return count
    }

    private func records(of tangle: Tangle, partitionCount: Int32) -> [OutgoingRecord] {
        var dice = SeededGenerator(seed: UInt64(tangle.seed) &+ 1)
        let documents = (0..<tangle.values).map { UniqueKey(attribute: "document", value: "T\(tangle.seed)X\($0)") }
        let emails = (0..<tangle.values).map { "t\(tangle.seed)x\($0)@example.com" }
        // Every fourth is named by its document.
        let customers = (0..<tangle.customers).map { number in
            number.isMultiple(of: 4)
                ? NameID.customer(of: documents[number % documents.count]).description
                : "tangle-\(tangle.seed)-\(number)"
        }
        var records: [OutgoingRecord] = []
        for number in 0..<tangle.commands {
            if dice.chance(1, of: 8), let again = dice.pick(records) {
                records.append(again)
                continue
            }
            let customer = dice.pick(customers) ?? ""
            let document = "\"document\":\"\(dice.pick(documents)?.value ?? "")\""
            let email = "\"email\":\"\(dice.pick(emails) ?? "")\""
            let both = "\(document),\(email)"
            let (topic, type): (Topic, String) =
                switch dice.below(10) {
                case 0..<3: (.customerCommands, "RegisterCustomer")
                case 3..<6: (.registrationRequests, "StartRegistration")
                case 6..<9: (.customerCommands, "ChangeCustomer")
                default: (.customerCommands, "UnregisterCustomer")
                }
            // Who changes may also give the address up, or both values at once for others.
            let values = dice.pick(
                type == "ChangeCustomer" ? [document, email, both, "\"email\":null"] : [document, both, both])
            let data = type == "UnregisterCustomer" ? "{}" : "{\"values\":{\(values ?? "")}}"
            let value =
                "{\"id\":\"\(number)\",\"source\":\"/tangle/\(tangle.seed)\",\"type\":\"\(type)\",\"data\":\(data)}"
            let key = Array(customer.utf8)
            records.append(
                OutgoingRecord(
                    topic: names.name(topic), partition: Murmur2.partition(of: key, count: partitionCount), key: key,
                    value: Array(value.utf8)))
        }
        return records
    }
}
