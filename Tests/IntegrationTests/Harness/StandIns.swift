import EventLog
import KafkaClient
import Messages
import TestProcesses

/// Members of the services' groups that take everything and do nothing, while the services are away: so that a history
/// with forged records in it counts as processed. Confined to one thread.
final class StandIns {
    private let deployment: Deployment
    private var members: [ConsumerGroup: KafkaGroupConsumer] = [:]
    private let reader: KafkaLogReader

    init(_ deployment: Deployment) throws {
        self.deployment = deployment
        reader = try KafkaLogReader(configuration: deployment.kafka, isolation: .readUncommitted)
        let names = deployment.names
        for group in ConsumerGroup.allCases {
            members[group] = try KafkaGroupConsumer(
                configuration: deployment.kafka, group: names.name(group), topics: group.inputs.map(names.name),
                offsetMetadata: OffsetMark.of("stand-in"))
        }
        for (group, member) in members {
            let isIn = try poll(for: .seconds(180)) {
                guard case .assigned(let places) = try member.poll(maxRecords: 1, timeout: .milliseconds(100)) else {
                    return false
                }
                try member.assign(try reader.watermarks(places).mapValues { .offset($0.high) })
                return true
            }
            if !isIn { throw Failure("group \(group.rawValue) did not form") }
        }
    }

    deinit {
        for member in members.values { member.close() }
        reader.close()
    }

    /// Commits the ends of all inputs of all groups.
    func takeEverything() throws {
        for (group, member) in members {
            let places = group.inputs.flatMap { topic in
                (0..<Deployment.partitionCount).map {
                    TopicPartition(topic: deployment.names.name(topic), partition: $0)
                }
            }
            try member.commit(try reader.watermarks(places).filter { $0.value.high > 0 }.mapValues(\.high))
        }
    }
}
