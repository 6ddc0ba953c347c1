internal import Logging
internal import NIOCore

/// What the connections of a server share. Confined to the broker's loop.
final class ConnectionContext {
    /// The largest frame that is read (`socket.request.max.bytes` of Kafka).
    static let largestFrame = 100 << 20
    /// What requests that are not yet answered may hold together.
    static let requestLimit = 64 << 20
    /// What responses that are not yet taken off may hold before no more records are fetched.
    static let responseLimit = 256 << 20
    /// Requests and responses up to this size are not counted: there are as many of them as connections.
    static let uncounted = 64 << 10
    /// How long a large request may take to arrive, and a large response to be taken off while others wait for room.
    static let patience = TimeAmount.seconds(60)

    let engine: BrokerEngine
    let faults: FaultBoard
    let logger: Logger
    let listeningHost: String
    /// By node.
    var ports: [Int32: Int] = [:]
    let requests = ByteBudget(limit: requestLimit)
    let responses = ByteBudget(limit: responseLimit)
    var connections: [Int64: (channel: any Channel, node: Int32)] = [:]
    private var nextConnection: Int64 = 1

    init(engine: BrokerEngine, faults: FaultBoard, logger: Logger, listeningHost: String) {
        self.engine = engine
        self.faults = faults
        self.logger = logger
        self.listeningHost = listeningHost
    }

    func makeID() -> Int64 {
        defer { nextConnection += 1 }
        return nextConnection
    }
}
