internal import BrokerCore
internal import KafkaProtocol
internal import NIOCore

/// Where clients are told to connect.
enum AdvertisedAddress {
    static let brokerID = Broker.brokerID

    /// Writes the address into the responses that have one. The broker itself does not know it: the port may be one that
    /// was picked, and who listens everywhere is where the client found it.
    static func write(_ host: String, _ port: Int, into response: AnyResponse) -> AnyResponse {
        let port = Int32(clamping: port)
        switch response {
        case .metadata(var metadata):
            for index in metadata.brokers.indices {
                metadata.brokers[index].host = host
                metadata.brokers[index].port = port
            }
            return .metadata(metadata)
        case .findCoordinator(var found):
            for index in found.coordinators.indices where found.coordinators[index].errorCode == .none {
                found.coordinators[index].host = host
                found.coordinators[index].port = port
            }
            return .findCoordinator(found)
        case .describeCluster(var cluster):
            for index in cluster.brokers.indices {
                cluster.brokers[index].host = host
                cluster.brokers[index].port = port
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
