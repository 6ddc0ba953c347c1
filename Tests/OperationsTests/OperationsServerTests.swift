import Logging
import Metrics
import NIOCore
import Operations
import ServiceLifecycle
import Synchronization
import Testing

/// Everything over a real socket.
struct OperationsServerTests {
    private struct Refusal: Error {}

    private static let routes = [
        Route("/values/{value}") { parameters in
            if parameters == ["fail"] { throw Refusal() }
            if parameters == ["unknown"] { return HTTPAnswer(status: 404, json: Array("{}".utf8)) }
            return HTTPAnswer(status: 200, json: Array(parameters.joined(separator: "|").utf8))
        },
        Route("/keys/{attribute}/{value}") { HTTPAnswer(status: 200, json: Array($0.joined(separator: "|").utf8)) },
    ]

    /// Starts a server on a free port, runs the body, stops the server.
    private func withServer(
        registry: PrometheusRegistry = PrometheusRegistry(),
        readiness: @escaping @Sendable () -> Readiness = { .ready },
        _ body: @Sendable (HTTPAddress) async throws -> Void
    ) async throws {
        let (addresses, continuation) = AsyncStream.makeStream(of: HTTPAddress.self)
        let server = OperationsServer(
            address: .listen(host: HTTPAddress.loopback, port: 0), registry: registry, routes: Self.routes,
            logger: silent, onServerRunning: { continuation.yield($0) }, readiness: readiness)
        guard let server else { throw Refusal() }
        let group = ServiceGroup(services: [server], logger: silent)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = addresses.makeAsyncIterator()
            let running = try #require(await iterator.next())
            do { try await body(running) } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func aFreePortIsPicked() async throws {
        try await withServer { address in
            guard case .listen("127.0.0.1", let port) = address else {
                Issue.record("not on loopback: \(address)")
                return
            }
            #expect(port != 0)
        }
    }

    @Test func healthReadinessAndMetrics() async throws {
        let registry = PrometheusRegistry()
        registry.makeCounter(label: "seen", dimensions: []).increment(by: 3)
        let box = Box(Mutex(Readiness.notReady("3 partitions to catch up")))
        let readiness: @Sendable () -> Readiness = { box.value.withLock { $0 } }
        try await withServer(registry: registry, readiness: readiness) { address in
            let health = try await HTTPClient.get("/healthz", at: address)
            #expect(health.status == 200 && health.body == "ok\n")
            let waiting = try await HTTPClient.get("/readyz", at: address)
            #expect(waiting.status == 503 && waiting.body == "3 partitions to catch up\n")
            box.value.withLock { $0 = .ready }
            #expect(try await HTTPClient.get("/readyz?verbose", at: address).status == 200)
            let metrics = try await HTTPClient.get("/metrics", at: address)
            #expect(metrics.body == "# TYPE seen_total counter\nseen_total 3\n")
            #expect(metrics.head.contains("content-type: text/plain; version=0.0.4"))
        }
    }

    @Test func parametersArriveDecoded() async throws {
        try await withServer { address in
            let cases = [
                ("52998224725", "52998224725"), ("a%2Fb", "a/b"), ("a%20b", "a b"), ("a+b", "a+b"),
                ("%C3%A9%F0%9F%A6%8A", "é🦊"), ("%25%32%46", "%2F"), ("x?y=1", "x"), ("a%3Fb%23c", "a?b#c"),
            ]
            for (raw, parameter) in cases {
                let answer = try await HTTPClient.get("/values/\(raw)", at: address)
                #expect(answer.status == 200)
                #expect(answer.body == parameter)
                #expect(answer.head.contains("content-type: application/json"))
            }
            #expect(try await HTTPClient.get("/values/%FF", at: address).status == 400)
            #expect(try await HTTPClient.get("/values/%2", at: address).status == 400)
            let two = try await HTTPClient.get("/keys/tax-number/a%2Fb%7C", at: address)
            #expect(two.status == 200 && two.body == "tax-number|a/b|")
            #expect(try await HTTPClient.get("/keys/tax-number/a/b", at: address).status == 400)
            #expect(try await HTTPClient.get("/keys/tax-number", at: address).status == 404)
        }
    }

    @Test func statusCodes() async throws {
        try await withServer { address in
            #expect(try await HTTPClient.get("/values/unknown", at: address).status == 404)
            #expect(try await HTTPClient.get("/nowhere", at: address).status == 404)
            #expect(try await HTTPClient.get("/values/", at: address).status == 404)
            let failure = try await HTTPClient.get("/values/fail", at: address)
            #expect(failure.status == 500)
            #expect(!failure.body.contains("Refusal"))
            #expect(try await HTTPClient.get("/healthz", at: address, method: "POST").status == 405)
            let head = try await HTTPClient.get("/healthz", at: address, method: "HEAD")
            #expect(head.status == 200 && head.body.isEmpty)
        }
    }

    @Test func noAddressNoServer() {
        let server = OperationsServer(
            address: .disabled, registry: PrometheusRegistry(), logger: silent, readiness: { .ready })
        #expect(server == nil)
    }

    @Test func aPortInUseIsNamed() async throws {
        try await withServer { address in
            let second = OperationsServer(
                address: address, registry: PrometheusRegistry(), logger: silent, readiness: { .ready })
            let error = await #expect(throws: HTTPServerError.self) { try await second?.run() }
            #expect(error?.description.contains("\(address)") == true)
            #expect(error?.description.contains("in use") == true)
        }
    }

    /// A client that keeps its connection open must not keep the server from stopping: if it did, the server's stop
    /// would wait for a close that comes after it.
    @Test(.timeLimit(.minutes(5)))
    func anIdleConnectionDoesNotHoldUpTheStop() async throws {
        let open = Box(Mutex<NIOAsyncChannel<ByteBuffer, ByteBuffer>?>(nil))
        try await withServer { address in
            let channel = try await HTTPClient.connect(address)
            open.value.withLock { $0 = channel }
        }
        let channel = try #require(open.value.withLock { $0 })
        try await channel.executeThenClose { _, _ in }
    }
}

/// Lets closures share what can't be copied.
final class Box<Value: ~Copyable & Sendable>: Sendable {
    let value: Value
    init(_ value: consuming Value) { self.value = value }
}
