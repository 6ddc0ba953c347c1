internal import BrokerCore
package import EventLog
internal import KafkaProtocol

extension SimulatedBroker {
    /// The next offset that a group takes of each partition, as committed; empty while the broker is down.
    package func committedOffsets(of group: String) -> [TopicPartition: Int64] {
        var found: [TopicPartition: Int64] = [:]
        let request = OffsetFetchRequest(groups: [.init(groupID: group, topics: nil)], requireStable: false)
        _ = handle(
            .offsetFetch(request), version: 8, from: ClientInfo(clientID: "checker", host: "", connection: 0)
        ) { response in
            guard case .offsetFetch(let answer) = response else { return }
            for group in answer.groups {
                for topic in group.topics {
                    for partition in topic.partitions where partition.committedOffset >= 0 {
                        found[TopicPartition(topic: topic.name, partition: partition.partitionIndex)] =
                            partition.committedOffset
                    }
                }
            }
        }
        return found
    }
}
