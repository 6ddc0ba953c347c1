internal import EventLog

/// By which partition of an internal topic a coordinator is found. There are no logs behind them: what they would hold is
/// in the journal.
enum Coordination {
    static let groupTopic = "__consumer_offsets"
    static let transactionTopic = "__transaction_state"
    static let places = [groupTopic, transactionTopic].flatMap { topic in
        (0..<CoordinatorShard.count).map { TopicPartition(topic: topic, partition: Int32($0)) }
    }

    static func place(ofGroup groupID: String) -> TopicPartition {
        TopicPartition(topic: groupTopic, partition: Int32(CoordinatorShard.of(groupID)))
    }

    static func place(ofTransactionalID transactionalID: String) -> TopicPartition {
        TopicPartition(topic: transactionTopic, partition: Int32(CoordinatorShard.of(transactionalID)))
    }

    /// The shards that the partitions stand for.
    static func shards(of places: [TopicPartition]) -> (groups: Set<Int>, transactionalIDs: Set<Int>) {
        func shards(_ topic: String) -> Set<Int> { Set(places.filter { $0.topic == topic }.map { Int($0.partition) }) }
        return (shards(groupTopic), shards(transactionTopic))
    }
}

extension Nodes {
    /// Which nodes have a partition: neighbours, so that leaders and copies are spread evenly.
    func assignment(of place: TopicPartition, copies: Int32) -> [Int32] {
        let first = Int64(CoordinatorShard.of(place.topic)) + Int64(place.partition)
        return (0..<Int64(min(max(1, copies), count))).map { Int32((first + $0) % Int64(count)) + 1 }
    }
}
