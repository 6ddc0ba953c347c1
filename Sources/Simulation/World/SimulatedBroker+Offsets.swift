internal import BrokerCore
package import EventLog
internal import KafkaProtocol

extension SimulatedBroker {
    /// The next offset that a group takes of each partition, as committed; empty while the broker is down.
    package func committedOffsets(of group: String) -> [TopicPartition: Int64] {
        var found: [TopicPartition: Int64] = [:]
        let request = OffsetFetchRequest(groups: [.init(groupID: group, topics: nil)], requireStable: false)
        _ = handle(
            .offsetFetch(request), version: 8,
            from: ClientInfo(
                clientID: "checker", host: "", connection: 0, node: broker.coordinator(ofGroup: group) ?? 1)
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

    /// Changes a group's offsets as a tool does, without a mark.
    /// - Returns: whether the group has taken it, which it does only without members.
    func changeOffsets(of group: String, inputs: [String], _ change: OffsetChange) -> Bool {
        let places = committedOffsets(of: group).sorted { $0.key < $1.key }
        let client = ClientInfo(clientID: "operator", host: "", connection: 0)
        var isTaken = false
        if change == .deleted {
            let topics = inputs.map { input in
                OffsetDeleteRequest.Topic(
                    name: input, partitions: places.filter { $0.key.topic == input }.map(\.key.partition))
            }
            _ = handle(.offsetDelete(OffsetDeleteRequest(groupID: group, topics: topics)), version: 0, from: client) {
                guard case .offsetDelete(let answer) = $0 else { return }
                isTaken =
                    answer.errorCode == .none && !places.isEmpty
                    && answer.topics.allSatisfy { $0.partitions.allSatisfy { $0.errorCode == .none } }
            }
            return isTaken
        }
        let topics = inputs.map { input in
            OffsetCommitRequest.Topic(
                name: input,
                partitions: places.filter { $0.key.topic == input }.map { place, offset in
                    let end = self.end(of: place)
                    let next =
                        switch change {
                        case .begin, .deleted: Int64(0)
                        case .back: offset / 2
                        case .forward: min(end, offset + 3)
                        case .end: end
                        }
                    return OffsetCommitRequest.Partition(partitionIndex: place.partition, committedOffset: next)
                })
        }
        let request = OffsetCommitRequest(groupID: group, topics: topics)
        _ = handle(.offsetCommit(request), version: 7, from: client) {
            guard case .offsetCommit(let answer) = $0 else { return }
            isTaken = answer.topics.contains { $0.partitions.contains { $0.errorCode == .none } }
        }
        return isTaken
    }

    private func end(of place: TopicPartition) -> Int64 {
        var end: Int64 = 0
        let request = ListOffsetsRequest(
            replicaID: -1,
            topics: [.init(name: place.topic, partitions: [.init(partitionIndex: place.partition, timestamp: -1)])])
        _ = handle(
            .listOffsets(request), version: 5, from: ClientInfo(clientID: "operator", host: "", connection: 0)
        ) {
            guard case .listOffsets(let answer) = $0 else { return }
            end = answer.topics.first?.partitions.first?.offset ?? 0
        }
        return end
    }
}
