internal import KafkaProtocol
internal import NIOCore

/// Where clients are told to connect.
enum AdvertisedAddress {
    /// Writes the nodes' addresses into the responses that have them. The broker itself does not know them: a port may be
    /// one that was picked, and who listens everywhere is where the client found it.
    static func write(_ host: String, _ ports: [Int32: Int], into response: AnyResponse) -> AnyResponse {
        func port(_ node: Int32) -> Int32 { Int32(clamping: ports[node] ?? 0) }
        switch response {
        case .metadata(var metadata):
            for index in metadata.brokers.indices {
                metadata.brokers[index].host = host
                metadata.brokers[index].port = port(metadata.brokers[index].nodeID)
            }
            return .metadata(metadata)
        case .findCoordinator(var found):
            for index in found.coordinators.indices where found.coordinators[index].errorCode == .none {
                found.coordinators[index].host = host
                found.coordinators[index].port = port(found.coordinators[index].nodeID)
            }
            return .findCoordinator(found)
        case .describeCluster(var cluster):
            for index in cluster.brokers.indices {
                cluster.brokers[index].host = host
                cluster.brokers[index].port = port(cluster.brokers[index].brokerID)
            }
            return .describeCluster(cluster)
        default: return response
        }
    }

    /// The host that is told over a connection.
    ///
    /// - Parameters:
    ///   - listening: what was listened on.
    ///   - local: this end of the connection.
    static func host(listening: String, local: SocketAddress?) -> String {
        guard ["0.0.0.0", "::", "[::]", ""].contains(listening) else { return listening }
        return local?.ipAddress ?? "127.0.0.1"
    }
}
