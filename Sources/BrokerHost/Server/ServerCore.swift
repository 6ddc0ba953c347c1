internal import BrokerCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// What a server is made of. Confined to the broker's loop.
final class ServerCore {
    let engine: BrokerEngine
    let faults = FaultBoard()
    private let configuration: BrokerServer.Configuration
    private let context: ConnectionContext
    let logger: Logger
    let loop: any EventLoop
    /// By node.
    var listeners: [Int32: any Channel] = [:]
    private var controlListener: (any Channel)?
    private var controlConnections: [ObjectIdentifier: any Channel] = [:]
    private var isStopping = false
    private var admission: Scheduled<Void>?

    init(_ engine: BrokerEngine, _ configuration: BrokerServer.Configuration, _ logger: Logger) {
        self.engine = engine
        self.configuration = configuration
        self.logger = logger
        loop = engine.loop
        context = ConnectionContext(
            engine: engine, faults: faults, logger: logger, listeningHost: configuration.host)
    }

    private func bootstrap(_ initialize: @escaping @Sendable (any Channel) throws -> Void) -> ServerBootstrap {
        ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(
                .writeBufferWaterMark, value: ChannelOptions.Types.WriteBufferWaterMark(low: 256 << 10, high: 1 << 20)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try initialize(channel) }
            }
    }

    /// Listens for all nodes, one after the other.
    ///
    /// - Returns: the ports.
    func listen() -> EventLoopFuture<[Int]> {
        let this = NIOLoopBound(self, eventLoop: loop)
        return (1...engine.nodeCount).reduce(loop.makeSucceededFuture([])) { before, node in
            before.flatMap { ports in this.value.listen(node).map { ports + [$0] } }
        }
    }

    /// - Returns: the node's port.
    func listen(_ node: Int32) -> EventLoopFuture<Int> {
        let context = NIOLoopBound(context, eventLoop: loop)
        let this = NIOLoopBound(self, eventLoop: loop)
        // The port that was picked first stays; with one that is fixed the nodes have neighbouring ones.
        let fixed = configuration.port == 0 ? 0 : configuration.port + Int(node) - 1
        let port = context.value.ports[node] ?? fixed
        return bootstrap { channel in
            try channel.pipeline.syncOperations.addHandler(ConnectionHandler(context.value, node: node))
        }
        .bind(host: configuration.host, port: port)
        .map { channel in
            let actual = channel.localAddress?.port ?? port
            this.value.listeners[node] = channel
            context.value.ports[node] = actual
            return actual
        }
    }

    /// - Returns: the port.
    func listenForControl() -> EventLoopFuture<Int?> {
        guard let control = configuration.control else { return loop.makeSucceededFuture(nil) }
        let this = NIOLoopBound(self, eventLoop: loop)
        return bootstrap { channel in
            this.value.controlConnections[ObjectIdentifier(channel)] = channel
            channel.closeFuture.whenComplete { _ in this.value.controlConnections[ObjectIdentifier(channel)] = nil }
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
            try channel.pipeline.syncOperations.addHandler(ControlHandler(this.value))
        }
        .bind(host: control.host, port: control.port)
        .map { channel in
            this.value.controlListener = channel
            return channel.localAddress?.port
        }
    }

    /// - Returns: the fault's id.
    func add(_ fault: Fault) -> Int {
        switch fault.kind {
        case .freeze: engine.freeze(for: .milliseconds(fault.milliseconds))
        case .refuseConnections: refuseConnections(for: .milliseconds(fault.milliseconds))
        case .error, .delay, .dropResponse, .dropRequest, .close, .late, .diskFull: break
        }
        return faults.add(fault)
    }

    func clearFaults() {
        faults.clear()
        engine.thaw()
        if admission != nil { admit() }
    }

    private func refuseConnections(for time: TimeAmount) {
        for node in listeners.keys.sorted() { listeners[node]?.close(promise: nil) }
        listeners.removeAll()
        admission?.cancel()
        admission = loop.assumeIsolated().scheduleTask(in: time) { [self] in admit() }
    }

    private func admit() {
        admission?.cancel()
        admission = nil
        guard !isStopping else { return }
        for node in 1...engine.nodeCount where listeners[node] == nil && engine.isNodeUp(node) {
            listen(node).assumeIsolated().whenFailure { [self] error in
                logger.warning("can't listen again, trying on", metadata: ["reason": "\(error)"])
                admission = loop.assumeIsolated().scheduleTask(in: .milliseconds(100)) { [self] in admit() }
            }
        }
    }

    /// - Parameter node: nil for those to all nodes.
    func closeConnections(to node: Int32? = nil) {
        for id in context.connections.keys.sorted() {
            guard let connection = context.connections[id], node == nil || connection.node == node else { continue }
            connection.channel.close(promise: nil)
        }
    }

    /// Where a node is reached; nil before it has listened.
    func address(of node: Int32) -> String? { context.ports[node].map { "\(configuration.host):\($0)" } }

    /// Lets nobody in, answers what can be answered, closes what is open.
    ///
    /// - Returns: the threads that may still be at work for the engine.
    func stopServing() -> EventLoopFuture<NIOThreadPool> {
        isStopping = true
        admission?.cancel()
        for node in listeners.keys.sorted() { listeners[node]?.close(promise: nil) }
        controlListener?.close(promise: nil)
        for channel in controlConnections.values { channel.close(promise: nil) }
        engine.settle()
        closeConnections()
        let threads = engine.threads
        let sync = engine.backgroundSync ?? loop.makeSucceededVoidFuture()
        // A sync that failed has ended the engine already.
        return sync.flatMapError { [loop] _ in loop.makeSucceededVoidFuture() }.map { threads }
    }
}
