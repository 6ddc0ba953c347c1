public import EventLog

/// A node, as an operator sees it.
public struct NodeView: Hashable, Sendable {
    public enum Condition: String, Hashable, Sendable {
        case up
        /// Dead, and still taken for alive by the others.
        case unnoticed
        case down
    }

    public var id: Int32
    public var condition: Condition
    public var isController: Bool
    /// Partitions of topics that it leads.
    public var leads: Int
    /// Partitions of Kafka's internal topics that it leads: the more, the more groups and transactional ids it coordinates.
    public var coordinates: Int
}

/// Who leads and who has a partition.
public struct LeadView: Hashable, Sendable {
    public var place: TopicPartition
    /// nil while there is none.
    public var leader: Int32?
    public var leaderEpoch: Int32
    public var replicas: [Int32]
    public var inSync: [Int32]
}

extension Broker {
    /// The nodes by their ids.
    public var nodeViews: [NodeView] {
        let leads = leadViews
        return nodes.ids.map { id in
            let condition: NodeView.Condition =
                switch nodes.condition(of: id) {
                case .up: .up
                case .unnoticed: .unnoticed
                case .down: .down
                }
            return NodeView(
                id: id, condition: condition, isController: nodes.controller == id,
                leads: leads.count { $0.leader == id },
                coordinates: Coordination.places.count { nodes.leader(of: $0) == id })
        }
    }

    /// The partitions of topics, sorted.
    public var leadViews: [LeadView] {
        logs.map { place in
            LeadView(
                place: place, leader: nodes.leader(of: place), leaderEpoch: nodes.epoch(of: place),
                replicas: nodes.replicas(of: place), inSync: nodes.inSync(of: place))
        }
    }

    /// The node that coordinates a group; nil while there is none.
    public func coordinator(ofGroup groupID: String) -> Int32? {
        nodes.leader(of: Coordination.place(ofGroup: groupID))
    }

    /// Up to here every transaction of the partition is decided; nil when there is no such partition.
    public func lastStableOffset(of place: TopicPartition) -> Int64? { partitions[place]?.lastStableOffset }
}
