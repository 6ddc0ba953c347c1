package import EventLog
package import KafkaProtocol
import TestProcesses

/// A client of a cluster that sends each request where it belongs: to a partition's leader, a coordinator, or the
/// controller. It has a connection of its own to each broker. Confined to one thread.
///
/// Dropping it closes the connections, as the death of a client's process does.
package final class Cluster {
    package let bootstrap: [Address]
    package let clientID: String
    private var connections: [Address: Connection] = [:]
    private var coordinators: [String: Address] = [:]
    private var leaders: [TopicPartition: Address] = [:]

    package init(_ bootstrapServers: String, clientID: String = "semantics") throws {
        bootstrap = try bootstrapServers.split(separator: ",").map { try Address(String($0)) }
        self.clientID = clientID
    }

    package func connection(to address: Address) throws -> Connection {
        if let connection = connections[address], !connection.socket.isClosed { return connection }
        let connection = try Connection(address, clientID: clientID)
        connections[address] = connection
        return connection
    }

    /// A connection to some broker.
    package func any() throws -> Connection {
        var last: (any Error)?
        for address in bootstrap {
            do { return try connection(to: address) } catch { last = error }
        }
        throw last ?? Failure("there are no bootstrap servers")
    }

    /// Drops every connection, as the process's death would.
    package func drop() {
        for connection in connections.values { connection.close() }
        connections = [:]
        coordinators = [:]
        leaders = [:]
    }

    /// Has the coordinators looked up again: one may have moved.
    package func forgetCoordinators() { coordinators = [:] }

    package func metadata(_ topics: [String]?) throws -> MetadataResponse {
        try any().call(
            MetadataRequest(
                topics: topics.map { $0.map { MetadataRequest.Topic(name: $0) } }, allowAutoTopicCreation: false))
    }

    package func controller() throws -> Connection {
        let metadata = try metadata([])
        guard let broker = metadata.brokers.first(where: { $0.nodeID == metadata.controllerID }) else {
            throw Failure("there is no controller")
        }
        return try connection(to: Address(host: broker.host, port: broker.port))
    }

    /// A connection to a partition's leader; waits for there to be one.
    package func leader(_ place: TopicPartition) throws -> Connection {
        if let address = leaders[place] { return try connection(to: address) }
        var found: Address?
        _ = try poll(for: .seconds(30)) {
            let metadata = try metadata([place.topic])
            let partition = metadata.topics.first?.partitions.first { $0.partitionIndex == place.partition }
            guard let partition, partition.errorCode == .none,
                let broker = metadata.brokers.first(where: { $0.nodeID == partition.leaderID })
            else { return false }
            found = Address(host: broker.host, port: broker.port)
            return true
        }
        guard let found else { throw Failure("\(place) has no leader") }
        leaders[place] = found
        return try connection(to: found)
    }

    /// A connection to the coordinator of a group or of a transactional id.
    package func coordinator(_ type: CoordinatorType, _ key: String) throws -> Connection {
        let name = "\(type.rawValue) \(key)"
        if let address = coordinators[name] { return try connection(to: address) }
        var found: Address?
        _ = try poll(for: .seconds(60)) {
            let answer = try any().call(FindCoordinatorRequest(coordinatorKeys: [key], keyType: type))
            guard let coordinator = answer.coordinators.first else { return false }
            // A fresh cluster first has to make the topic behind its coordinators.
            guard coordinator.errorCode == .none else {
                if coordinator.errorCode == .coordinatorNotAvailable { return false }
                throw Failure("no coordinator for \(key): \(coordinator.errorCode)")
            }
            found = Address(host: coordinator.host, port: coordinator.port)
            return true
        }
        guard let found else { throw Failure("no coordinator for \(key) in time") }
        coordinators[name] = found
        return try connection(to: found)
    }

    package func group(_ name: String) throws -> Connection { try coordinator(.group, name) }
    package func transactions(_ id: String) throws -> Connection { try coordinator(.transaction, id) }
}

/// Asks again while the answer's error is one that passes by itself.
/// - Parameter error: the answer's error.
package func retrying<Answer>(
    for time: Duration = .seconds(30), on passing: Set<ErrorCode>, _ ask: () throws -> Answer,
    error: (Answer) -> ErrorCode
) throws -> Answer {
    var last: Answer?
    _ = try poll(for: time) {
        let answer = try ask()
        last = answer
        return !passing.contains(error(answer))
    }
    guard let last else { throw Failure("nothing was asked") }
    return last
}

extension Set<ErrorCode> {
    /// What a coordinator says while it is moving or loading.
    package static let coordinatorMoves: Set<ErrorCode> = [
        .coordinatorLoadInProgress, .coordinatorNotAvailable, .notCoordinator,
    ]
    /// And while the markers of the last transaction are still on their way.
    package static let transactionEnds: Set<ErrorCode> = coordinatorMoves.union([.concurrentTransactions])
}
