import BrokerCore
import Foundation
import KafkaProtocol
import Testing

@testable import BrokerHost

/// Several nodes behind ports of their own, and what the control endpoint does to them.
@Suite struct NodeTests {
    private struct Listing: Decodable {
        struct Node: Decodable {
            var id: Int32
            var condition: String
            var address: String
        }
        struct Partition: Decodable {
            var topic: String
            var partition: Int32
            var leader: Int32?
        }
        var nodes: [Node]
        var partitions: [Partition]
    }

    private final class Served {
        let server: BrokerServer

        init() throws {
            server = try BrokerServer(
                BrokerServer.Configuration(
                    store: .memory, broker: BrokerConfiguration(nodeCount: 3), control: ("127.0.0.1", 0)),
                logger: silent)
            try server.createTopic(named: "letters", partitions: 3)
        }

        deinit { server.stop() }

        /// A client of the node.
        func client(_ node: Int32) throws -> SocketClient { try SocketClient(port: server.ports[Int(node) - 1]) }

        @discardableResult
        func control(_ method: String, _ path: String, _ body: String = "") throws -> (status: String, body: String) {
            try SocketClient(port: try #require(server.controlPort)).http(method, path, body)
        }

        func listing() throws -> Listing {
            try JSONDecoder().decode(Listing.self, from: Data(control("GET", "/nodes").body.utf8))
        }

        func leader(_ partition: Int32 = 0) throws -> Int32 {
            let found = try listing().partitions.first { $0.topic == "letters" && $0.partition == partition }
            return try #require(found?.leader)
        }

        /// Waits until another node leads, and returns it.
        func leader(otherThan node: Int32) throws -> Int32 {
            let deadline = ContinuousClock.now + .seconds(10)
            while ContinuousClock.now < deadline {
                let leader = try leader()
                if leader != node { return leader }
            }
            throw SocketClient.Failure(text: "node \(node) still leads")
        }

        func metadata(_ node: Int32) throws -> MetadataResponse {
            guard case .metadata(let metadata) = try client(node).ask(.metadata(MetadataRequest(topics: nil))) else {
                throw SocketClient.Failure(text: "another answer")
            }
            return metadata
        }
    }

    private let served: Served

    init() throws { served = try Served() }

    @Test func eachNodeHasItsPortAndAllTellAllOfThem() throws {
        #expect(Set(served.server.ports).count == 3)
        for node in 1...3 as ClosedRange<Int32> {
            let metadata = try served.metadata(node)
            #expect(metadata.brokers.map(\.nodeID) == [1, 2, 3])
            #expect(metadata.brokers.map(\.port) == served.server.ports.map { Int32($0) })
            let find = FindCoordinatorRequest(coordinatorKeys: ["g"])
            guard case .findCoordinator(let found) = try served.client(node).ask(.findCoordinator(find)) else { return }
            let coordinator = try #require(found.coordinators.first)
            #expect(coordinator.port == Int32(served.server.ports[Int(coordinator.nodeID) - 1]))
        }
        let leader = try served.leader()
        #expect(try served.client(leader).produce("letters", ["a"]).errorCode == .none)
        #expect(try served.client(leader % 3 + 1).produce("letters", ["a"]).errorCode == .notLeaderOrFollower)
    }

    @Test func aKilledNodeIsGoneAtOnceAndReplacedAfterItsSession() throws {
        let node = try served.leader()
        let client = try served.client(node)
        #expect(try client.produce("letters", ["a"]).errorCode == .none)
        let answer = try served.control("POST", "/nodes/\(node)/kill", #"{"sessionMilliseconds":200}"#)
        #expect(answer.status.contains("204"))
        #expect(try client.isClosed())
        #expect(throws: SocketClient.Failure.self) { try served.client(node) }
        let next = try served.leader(otherThan: node)
        #expect(try served.listing().nodes.first { $0.id == node }?.condition == "down")
        #expect(try served.client(next).fetch("letters") == ["a"])
        // On the same port.
        #expect(try served.control("POST", "/nodes/\(node)/start").status.contains("204"))
        #expect(try served.metadata(node).brokers.count == 3)
        #expect(try served.client(node).produce("letters", ["b"]).errorCode == .notLeaderOrFollower)
    }

    @Test func untilTheSessionEndsADeadNodeLeads() throws {
        let node = try served.leader()
        try served.control("POST", "/nodes/\(node)/kill", #"{"sessionMilliseconds":3600000}"#)
        #expect(try served.listing().nodes.first { $0.id == node }?.condition == "unnoticed")
        #expect(try served.leader() == node)
        let other = node % 3 + 1
        let partition = try #require(
            try served.metadata(other).topics.first?.partitions.first { $0.partitionIndex == 0 })
        #expect(partition.leaderID == node)
    }

    @Test func aStoppedNodeHandsOverFirst() throws {
        let node = try served.leader()
        let client = try served.client(node)
        #expect(try served.control("POST", "/nodes/\(node)/stop").status.contains("204"))
        #expect(try served.leader() != node)
        #expect(try client.isClosed())
    }

    @Test func leadersMoveAndMetadataMayLagBehind() throws {
        let node = try served.leader()
        let other = node % 3 + 1
        try served.control("POST", "/nodes/\(other)/stale-metadata", #"{"milliseconds":3600000}"#)
        let moved = try served.control("POST", "/leaders/move", #"{"kind":"partitions","topic":"letters"}"#)
        #expect(moved.body == #"{"moved":3}"#)
        #expect(try served.leader() != node)
        func told(_ by: Int32) throws -> Int32? {
            try served.metadata(by).topics.first?.partitions.first { $0.partitionIndex == 0 }?.leaderID
        }
        #expect(try told(other) == node)
        #expect(try told(node) == served.leader())
    }

    @Test func connectionsThatAreRefusedComeBackOnlyWhereNodesAre() throws {
        try served.control("POST", "/nodes/2/stop")
        try served.control("POST", "/faults", #"{"kind":"refuse-connections","milliseconds":3600000}"#)
        #expect(throws: SocketClient.Failure.self) { try served.client(1) }
        try served.control("DELETE", "/faults")
        let deadline = ContinuousClock.now + .seconds(10)
        while (try? served.client(1)) == nil, ContinuousClock.now < deadline {}
        #expect(try served.metadata(1).brokers.map(\.nodeID) == [1, 3])
        #expect(throws: SocketClient.Failure.self) { try served.client(2) }
    }

    @Test func whatIsNoNodeOrNoActionIsRefused() throws {
        #expect(try served.control("POST", "/nodes/4/kill").status.contains("404"))
        #expect(try served.control("POST", "/nodes/1/dance").status.contains("404"))
        #expect(try served.control("POST", "/leaders/move", #"{"kind":"some"}"#).status.contains("400"))
        #expect(try served.control("POST", "/nodes/1/kill", #"{"sessionMilliseconds":-1}"#).status.contains("400"))
        #expect(try served.control("POST", "/nodes/1/stale-metadata").status.contains("400"))
        #expect(try served.listing().nodes.map(\.condition) == ["up", "up", "up"])
    }
}
