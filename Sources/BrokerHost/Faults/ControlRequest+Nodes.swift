internal import BrokerCore
internal import EventLog

/// For how long something is to last.
struct TimeRequest: Decodable {
    var milliseconds: Int64?
    var sessionMilliseconds: Int64?

    private static let allowed: ClosedRange<Int64> = 0...3_600_000

    func time() throws -> Int64 {
        guard let milliseconds, Self.allowed.contains(milliseconds) else {
            throw ControlProblem(description: "milliseconds is 0 to 3600000")
        }
        return milliseconds
    }

    /// nil for the session that the broker was set up with.
    func session() throws -> Int64? {
        guard sessionMilliseconds.map(Self.allowed.contains) ?? true else {
            throw ControlProblem(description: "sessionMilliseconds is 0 to 3600000")
        }
        return sessionMilliseconds
    }
}

/// Whose lead is to go to whom.
struct MoveRequest: Decodable {
    /// `all`, `partitions` or `coordinators`.
    var kind: String?
    var topic: String?
    var partition: Int32?
    var from: Int32?
    var to: Int32?

    func move() throws -> LeaderMove {
        guard let kind = LeaderMove.Kind(rawValue: kind ?? LeaderMove.Kind.all.rawValue) else {
            let kinds = LeaderMove.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlProblem(description: "kind is one of \(kinds)")
        }
        return LeaderMove(kind, topic: topic, partition: partition, from: from, to: to)
    }
}

/// The nodes as they are told.
struct NodeList: Encodable {
    struct Node: Encodable {
        var id: Int32
        /// `up`, `unnoticed` (dead, and its session has not ended) or `down`.
        var condition: String
        var address: String
        var isController: Bool
        /// How many partitions of topics it leads, and how many of those that stand for coordinators.
        var leads: Int
        var coordinates: Int
    }

    struct Partition: Encodable {
        var topic: String
        var partition: Int32
        /// Left out while there is none.
        var leader: Int32?
        var leaderEpoch: Int32
        var replicas: [Int32]
        var inSync: [Int32]
    }

    var nodes: [Node]
    var partitions: [Partition]

    init(_ core: ServerCore) {
        nodes = core.engine.broker.nodeViews.map {
            Node(
                id: $0.id, condition: $0.condition.rawValue, address: core.address(of: $0.id) ?? "",
                isController: $0.isController, leads: $0.leads, coordinates: $0.coordinates)
        }
        partitions = core.engine.broker.leadViews.map {
            Partition(
                topic: $0.place.topic, partition: $0.place.partition, leader: $0.leader, leaderEpoch: $0.leaderEpoch,
                replicas: $0.replicas, inSync: $0.inSync)
        }
    }
}
