import Hummingbird
public import Logging
import NIOCore
public import ServiceLifecycle

/// The address could not be served.
public struct HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}

/// Serves `/healthz`, `/readyz`, `/metrics`, and what routes the program adds.
///
/// - `/healthz`: 200, always: the process answers.
/// - `/readyz`: 200 when the program says that it is ready, else 503 with the reason.
/// - `/metrics`: Prometheus text format 0.0.4.
public struct OperationsServer: Service {
    private let host: String
    private let port: UInt16
    private let responder: OperationsResponder
    private let logger: Logger
    private let onServerRunning: @Sendable (HTTPAddress) -> Void

    /// - Parameters:
    ///   - address: where to listen; nothing is made for `.disabled`.
    ///   - readiness: asked at each `/readyz`, from any thread; must not block.
    ///   - routes: looked at in order, after the paths above.
    ///   - onServerRunning: told the address once it is listened on, with the port that was picked.
    /// - Returns: nil for `.disabled`.
    public init?(
        address: HTTPAddress, registry: PrometheusRegistry, routes: [Route] = [], logger: Logger,
        onServerRunning: @escaping @Sendable (HTTPAddress) -> Void = { _ in },
        readiness: @escaping @Sendable () -> Readiness
    ) {
        guard case .listen(let host, let port) = address else { return nil }
        self.host = host
        self.port = port
        self.logger = logger
        self.onServerRunning = onServerRunning
        responder = OperationsResponder(registry: registry, readiness: readiness, routes: routes, logger: logger)
    }

    /// Serves until the graceful shutdown, or cancellation.
    /// - Throws: `HTTPServerError` when the address can't be listened on.
    public func run() async throws {
        // The framework's own lines repeat ours, would tell paths, or call a stop that was cut short an error.
        var quietLogger = logger
        quietLogger.logLevel = .critical
        let application = Application(
            responder: responder,
            configuration: ApplicationConfiguration(address: .hostname(host, port: Int(port))),
            onServerRunning: { channel in
                let address = HTTPAddress.listen(
                    host: host, port: channel.localAddress?.port.flatMap { UInt16(exactly: $0) } ?? port)
                logger.info("http listening", metadata: ["address": "\(address)"])
                onServerRunning(address)
            },
            logger: quietLogger)
        do { try await application.run() } catch is CancellationError { return } catch {
            throw HTTPServerError(
                description: "can't serve HTTP on \(HTTPAddress.listen(host: host, port: port)): \(error). If another "
                    + "program has the port, stop it or choose another --http-address (:0 picks a free port, none "
                    + "serves nothing)")
        }
    }
}
