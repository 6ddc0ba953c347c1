import ChaosPlanning
import EventLog
import Foundation
import KafkaClient
import LoadGenerating
import Messages
import Synchronization
import TestProcesses

/// An operator who declares what is next while everything runs, and clients who name at once what is new in it. A service that
/// does not know it yet ends with 75, and is started again.
final class Declarer: Sendable {
    let work = SideWork()
    private let kafka: KafkaConfiguration
    private let names: DeploymentNames
    private let folder: URL
    private let connection: [String]
    /// How often something was declared, or tried to be.
    private let times = Mutex(0)

    init(bootstrapServers: String, names: DeploymentNames, folder: URL) {
        kafka = KafkaConfiguration(
            bootstrapServers: bootstrapServers, properties: ["message.timeout.ms": "60000"], clientID: "chaos")
        self.names = names
        self.folder = folder
        connection = ["--bootstrap-servers", bootstrapServers, "--topic-prefix", names.prefix]
    }

    func start(_ declaring: Declaring) {
        let time = times.withLock { times in
            times += 1
            return times
        }
        work.start { [self] in try run(declaring, time) }
    }

    /// - Returns: how many registrations the broker took.
    private func run(_ declaring: Declaring, _ time: Int) throws -> Int {
        let added = min(time, TestedDeclaration.mostAdded)
        let file = try TestedDeclaration.write(
            TestedDeclaration.attributes(added: added, seed: declaring.seed), into: folder,
            as: "declaration-\(time).yaml")
        let run = try Run.of(
            Program.product("soleholder"), ["topics", "create", "--declaration", file.path] + connection,
            within: .seconds(60), in: folder)
        if run.end != .exit(0) { throw Failure("nothing new could be declared: \(run)") }
        let producer = try KafkaProducer(configuration: kafka)
        defer { producer.close() }
        let reader = try KafkaLogReader(configuration: kafka, timeout: .seconds(30))
        defer { reader.close() }
        for number in 0..<declaring.registrations {
            // By turns decided by the command service and by the process manager.
            let topic: Topic = number.isMultiple(of: 2) ? .customerCommands : .registrationRequests
            guard let count = try reader.partitionCount(of: names.name(topic)) else {
                throw Failure("there is no \(names.name(topic))")
            }
            try producer.send(record(number, topic, count, declaring, "added-\(added)"))
        }
        _ = producer.flush(timeout: .seconds(60))
        return producer.deliveredCount
    }

    /// Some want the same value of what is new.
    private func record(
        _ number: Int, _ topic: Topic, _ partitionCount: Int32, _ declaring: Declaring, _ attribute: String
    ) -> OutgoingRecord {
        let key = Array("declared-\(declaring.seed)-\(number)".utf8)
        let type = topic == .customerCommands ? "RegisterCustomer" : "StartRegistration"
        let value = """
            {"id":"\(number)","source":"/declaring/\(declaring.seed)","type":"\(type)","data":{"values":\
            {"document":"N\(declaring.seed)X\(number)","\(attribute)":"\(declaring.seed) \(number / 3)"}}}
            """
        return OutgoingRecord(
            topic: names.name(topic), partition: Murmur2.partition(of: key, count: partitionCount), key: key,
            value: Array(value.utf8), headers: [])
    }
}
