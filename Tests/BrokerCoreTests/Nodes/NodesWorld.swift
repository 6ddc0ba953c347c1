import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// What tests of several nodes say often.
extension BrokerWorld {
    static func nodes(_ count: Int32 = 3, copies: Int16 = -1, partitions: Int32 = 3) throws -> BrokerWorld {
        let world = BrokerWorld(BrokerConfiguration(host: "h", port: 100, nodeCount: count, nodeSessionTimeout: 9_000))
        #expect(try world.createTopic(partitions: partitions, copies: copies) == .none)
        return world
    }

    func metadata(at node: Int32 = 1) throws -> MetadataResponse {
        self.node = node
        return try call(MetadataRequest(topics: [.init(name: BrokerWorld.topic)]))
    }

    /// The partition as the node tells it.
    func partition(_ place: TopicPartition = BrokerWorld.place(), at node: Int32 = 1) throws
        -> MetadataResponse.Partition
    {
        let topic = try #require(try metadata(at: node).topics.first)
        return try #require(topic.partitions.first { $0.partitionIndex == place.partition })
    }

    func leader(of place: TopicPartition = BrokerWorld.place(), at node: Int32 = 1) throws -> Int32 {
        try partition(place, at: node).leaderID
    }

    /// Goes to the leader, as `node` tells it.
    func goToLeader(of place: TopicPartition = BrokerWorld.place(), by node: Int32 = 1) throws {
        self.node = try leader(of: place, at: node)
    }

    func coordinator(_ key: String, _ type: CoordinatorType = .group, at node: Int32 = 1) throws
        -> FindCoordinatorResponse.Coordinator
    {
        self.node = node
        return try #require(
            try call(FindCoordinatorRequest(coordinatorKeys: [key], keyType: type)).coordinators.first)
    }

    func goToCoordinator(_ key: String = BrokerWorld.group, _ type: CoordinatorType = .group, by node: Int32 = 1) throws
    {
        self.node = try coordinator(key, type, at: node).nodeID
    }

    /// A node that is neither of those.
    func another(than nodes: Int32...) throws -> Int32 {
        try #require((1...configuration.nodeCount).first { !nodes.contains($0) })
    }
}
