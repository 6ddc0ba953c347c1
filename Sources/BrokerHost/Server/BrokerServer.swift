public import BrokerCore
public import Logging
internal import NIOCore
internal import NIOPosix

/// Why a server could not start.
public enum BrokerServerError: Error, Hashable, Sendable, CustomStringConvertible {
    case storage(StorageError)
    /// The address can't be listened on.
    case address(String)
    /// A topic can't be made.
    case topic(String)

    public var description: String {
        switch self {
        case .storage(let error): error.description
        case .address(let text), .topic(let text): text
        }
    }
}

/// A broker on a TCP port for each of its nodes, in this process. Any thread may use it, but not the broker's own loop: the calls block.
public final class BrokerServer: Sendable {
    /// What to serve, and where.
    public struct Configuration: Sendable {
        public var store: BrokerStore
        /// The broker's own settings. Cluster id, host and port are the server's to fill in.
        public var broker: BrokerConfiguration
        /// A name or an address; `0.0.0.0` or `::` for everywhere.
        public var host: String
        /// The first node's; the others have the ports behind it. 0 picks a free one for each.
        public var port: Int
        /// Where faults can be injected; nil for nowhere. Anyone who reaches it may break the broker: loopback only.
        public var control: (host: String, port: Int)?

        public init(
            store: BrokerStore, broker: BrokerConfiguration = BrokerConfiguration(), host: String = "127.0.0.1",
            port: Int = 0, control: (host: String, port: Int)? = nil
        ) {
            self.store = store
            self.broker = broker
            self.host = host
            self.port = port
            self.control = control
        }
    }

    /// The ports that are listened on, by node.
    public let ports: [Int]
    /// The first node's port.
    public var port: Int { ports[0] }
    /// The port of the control endpoint; nil without one.
    public let controlPort: Int?
    private let group: MultiThreadedEventLoopGroup
    let loop: any EventLoop
    let core: NIOLoopBound<ServerCore>

    /// Brings back what is stored, then listens.
    ///
    /// - Parameter onFailure: called at most once, on the broker's loop, when the broker can't go on: its connections
    ///   are closed then, and all that is left is `stop`.
    public init(
        _ configuration: Configuration, logger: Logger,
        onFailure: @escaping @Sendable (StorageError) -> Void = { _ in }
    ) throws(BrokerServerError) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        self.loop = loop
        do {
            let core = try loop.submit {
                let engine = try BrokerEngine.open(
                    configuration.store, configuration: configuration.broker, loop: loop, logger: logger)
                let core = ServerCore(engine, configuration, logger)
                engine.onFailure = { error in
                    core.closeConnections()
                    onFailure(error)
                }
                return NIOLoopBound(core, eventLoop: loop)
            }.wait()
            self.core = core
            do {
                ports = try loop.flatSubmit { core.value.listen() }.wait()
                if configuration.control != nil {
                    controlPort = try loop.flatSubmit { core.value.listenForControl() }.wait()
                } else {
                    controlPort = nil
                }
            } catch {
                Self.shutDown(core, loop)
                throw error
            }
        } catch {
            try? group.syncShutdownGracefully()
            throw Self.failure(error, configuration)
        }
    }

    private static func failure(_ error: any Error, _ configuration: Configuration) -> BrokerServerError {
        if let error = error as? StorageError { return .storage(error) }
        let control = configuration.control.map { ", or on \($0.host):\($0.port) for control" } ?? ""
        return .address(
            "can't listen on \(configuration.host):\(configuration.port)\(control): \(error). If another program has the "
                + "port, stop it or choose another (:0 picks a free one)")
    }

    /// Makes a topic unless there is one of that name.
    ///
    /// - Parameter copies: nil for one on each node, at most three.
    public func createTopic(
        named name: String, partitions: Int32, copies: Int32? = nil, configs: [String: String] = [:]
    ) throws(BrokerServerError) {
        do {
            try loop.submit { [core] in
                try core.value.engine.createTopic(
                    named: name, partitions: partitions, copies: copies, configs: configs)
            }.wait()
        } catch { throw .topic("can't make the topic '\(name)': \(error)") }
    }

    /// Ends it: nobody can connect any more, answers that are due go out, connections are closed, everything is written.
    /// Harmless when repeated.
    public func stop() {
        Self.shutDown(core, loop)
        try? group.syncShutdownGracefully()
    }

    private static func shutDown(_ core: NIOLoopBound<ServerCore>, _ loop: any EventLoop) {
        let threads = try? loop.flatSubmit { core.value.stopServing() }.wait()
        try? threads?.syncShutdownGracefully()
        try? loop.submit { core.value.engine.close() }.wait()
    }
}
