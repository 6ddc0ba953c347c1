import Foundation
import KafkaClient
import Messages
import Synchronization
import TestProcesses
import Testing

/// The three services.
enum Service: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case command = "command-service"
    case projection = "projection-service"
    case processManager = "process-manager-service"

    var testDescription: String { rawValue }
}

/// The two that the services can be run with.
enum DeliveryGuarantee: String, CaseIterable, Sendable {
    case exactlyOnce = "exactly-once"
    case atLeastOnce = "at-least-once"
}

/// A broker process and the services on it, as separate processes, with folders of their own.
///
/// The broker is `dev-broker`; or, when `KAFKA_BOOTSTRAP_SERVERS` is set, the one that stands there, with topics under
/// a fresh prefix.
final class Deployment: Sendable {
    /// Where logs and state lie.
    let folder: URL
    let bootstrapServers: String
    let names: DeploymentNames
    let deliveryGuarantee: DeliveryGuarantee
    let broker: BrokerProcess?
    let running = Mutex<[Service: Child]>([:])

    static let partitionCount: Int32 = 12
    static let externalBroker = ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"].flatMap {
        $0.isEmpty ? nil : $0
    }

    /// Starts a broker with the contract's topics; no services yet.
    /// - Parameters:
    ///   - declaration: YAML; the standard one when nil.
    ///   - brokerArguments: what a broker of our own is to be told besides.
    init(
        _ kind: String, _ guarantee: DeliveryGuarantee = .exactlyOnce, declaration: String? = nil,
        brokerArguments: [String] = []
    ) throws {
        deliveryGuarantee = guarantee
        let folder = try Unique.folder(kind)
        self.folder = folder
        let declared = try declaration.map { ["--declaration", try Self.file($0, in: folder)] } ?? []
        if let external = Self.externalBroker {
            broker = nil
            bootstrapServers = external
            names = DeploymentNames(prefix: Unique.text("test") + ".")
            let made = try Run.of(
                Program.product("soleholder"),
                ["topics", "create", "--bootstrap-servers", external, "--topic-prefix", names.prefix] + declared,
                in: folder)
            if made.end != .exit(0) { throw Failure("topics can't be made: \(made)") }
            return
        }
        // A prefix here too: nothing may work without one alone.
        names = DeploymentNames(prefix: Unique.text("test") + ".")
        let broker = try BrokerProcess(
            in: folder,
            arguments: [
                "--topic-prefix", names.prefix, "--control-address", "127.0.0.1:0", "--control-file",
                folder.appendingPathComponent("control").path,
            ] + declared + brokerArguments)
        bootstrapServers = broker.bootstrapServers
        self.broker = broker
    }

    deinit { stop() }

    /// Has something declared, as an operator does.
    /// - Parameter text: YAML.
    func declare(_ text: String) throws {
        let run = try soleholder(["topics", "create", "--declaration", Self.file(text, in: folder)])
        if run.end != .exit(0) { throw Failure("it can't be declared: \(run)") }
    }

    /// - Returns: where the declaration was written.
    private static func file(_ declaration: String, in folder: URL) throws -> String {
        let file = folder.appendingPathComponent(Unique.text("declaration") + ".yaml")
        try Data(declaration.utf8).write(to: file)
        return file.path
    }

    var kafka: KafkaConfiguration {
        KafkaConfiguration(
            bootstrapServers: bootstrapServers,
            // Nobody may have a topic of other dimensions made by asking too early.
            properties: ["allow.auto.create.topics": "false"], clientID: "integration-tests")
    }

    /// The flags that every program of the deployment gets.
    var connection: [String] { ["--bootstrap-servers", bootstrapServers, "--topic-prefix", names.prefix] }

    func state(of service: Service) -> URL { folder.appendingPathComponent("state-\(service.rawValue)") }
    func log(of service: Service) -> URL { folder.appendingPathComponent("\(service.rawValue).log") }

    /// The arguments that a service is started with.
    func arguments(of service: Service) -> [String] {
        connection + [
            "--state-directory", state(of: service).path, "--http-address", "127.0.0.1:0",
            "--delivery-guarantee", deliveryGuarantee.rawValue,
            // Who is killed is missed soon.
            "--kafka-property", "session.timeout.ms=6000",
        ]
    }

    /// Starts services, all at once, and waits until each is ready.
    func start(_ services: [Service] = Service.allCases, within time: Duration = .seconds(180)) throws {
        for service in services { try launch(service) }
        for service in services { try awaitReadiness(of: service, within: time) }
    }

    /// Starts a service, and does not wait for anything.
    /// - Parameters:
    ///   - more: arguments besides those that every service gets.
    ///   - executable: what is run instead of the service, with `before` as its own arguments, and the service's behind.
    @discardableResult
    func launch(
        _ service: Service, _ more: [String] = [], executable: URL? = nil, before: [String] = []
    ) throws -> Child {
        // A log of its own for each start: its port stands there.
        let log = log(of: service)
        if FileManager.default.fileExists(atPath: log.path) {
            let old = folder.appendingPathComponent(Unique.text(service.rawValue) + ".log")
            try FileManager.default.moveItem(at: log, to: old)
        }
        let child = try Child(
            service.rawValue, executable: executable ?? Program.product(service.rawValue),
            arguments: before + arguments(of: service) + more, log: log)
        running.withLock { $0[service] = child }
        return child
    }

    func awaitReadiness(of service: Service, within time: Duration = .seconds(180)) throws {
        let child = try child(service)
        let isReady = try poll(for: time, every: .milliseconds(50)) {
            guard child.isRunning else { throw Failure("\(service.rawValue) ended:\n\(child.logText)") }
            return (try? get(service, "/readyz").status) == 200
        }
        guard isReady else { throw Failure("\(service.rawValue) was not ready within \(time):\n\(child.logText)") }
    }

    func child(_ service: Service) throws -> Child {
        guard let child = running.withLock({ $0[service] }) else { throw Failure("\(service.rawValue) is not started") }
        return child
    }

    /// Ends a service in the orderly way.
    /// - Returns: how it ended, and how long that took.
    @discardableResult
    func stop(_ service: Service) throws -> (end: Child.End, time: Duration) {
        let child = try child(service)
        let start = ContinuousClock.now
        let end = child.stop()
        running.withLock { $0[service] = nil }
        return (end, ContinuousClock.now - start)
    }

    /// SIGKILL.
    func kill(_ service: Service) throws {
        let child = try child(service)
        child.kill()
        guard child.end(within: .seconds(10)) == .signal(9) else { throw Failure("\(service.rawValue) was not killed") }
        running.withLock { $0[service] = nil }
    }

    /// Ends everything.
    func stop() {
        let children = running.withLock { children in
            defer { children = [:] }
            return children.values.map(\.self)
        }
        for child in children { child.signal(15) }
        for child in children { child.stop() }
        broker?.stop()
    }

    /// The last lines of every log, for a failure.
    var logs: String {
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "log" }.sorted { $0.path < $1.path }.map { file in
            let text = (try? Data(contentsOf: file)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return "--- \(file.lastPathComponent)\n"
                + text.split(separator: "\n").suffix(25).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

// HTTP and tools.
extension Deployment {
    struct Answer: Sendable {
        var status: Int
        var contentType: String
        var body: String
        var json: JSON? { JSON(Array(body.utf8)) }
    }

    /// Where a service serves HTTP, as it says in its log.
    func address(of service: Service) throws -> String {
        try address(of: try child(service))
    }

    private func address(of child: Child) throws -> String {
        for line in child.logText.split(separator: "\n") where line.contains("http listening") {
            if let mark = line.range(of: "address=") {
                return String(line[mark.upperBound...].prefix { $0 != " " && $0 != "\"" })
            }
        }
        throw Failure("a service does not say where it listens")
    }

    /// Asks a service over HTTP.
    /// - Parameter path: percent-encoded.
    func get(_ service: Service, _ path: String) throws -> Answer {
        let child = try child(service)
        var answer = try get(child, path)
        // Whoever asks asks again while it can't be told.
        let questions = ["/keys/", "/documents/", "/customers/"]
        guard service == .projection, questions.contains(where: { path.hasPrefix($0) }) else { return answer }
        _ = try poll(for: .seconds(90), every: .milliseconds(50)) {
            if answer.status == 503 { answer = try get(child, path) }
            return answer.status != 503
        }
        return answer
    }

    /// Asks an instance of a service over HTTP.
    func get(_ child: Child, _ path: String) throws -> Answer {
        guard let curl = Program.installed("curl") else { throw Failure("curl is not installed") }
        let url = "http://\(try address(of: child))\(path)"
        let run = try Run.of(
            curl, ["-sS", "-m", "10", "--path-as-is", "-w", "\n%{http_code} %{content_type}", url], in: folder)
        guard run.end == .exit(0), let newline = run.output.lastIndex(of: "\n") else { throw Failure("\(run)") }
        let last = run.output[run.output.index(after: newline)...].split(separator: " ", maxSplits: 1)
        return Answer(
            status: last.first.flatMap { Int($0) } ?? 0, contentType: last.count > 1 ? String(last[1]) : "",
            body: String(run.output[..<newline]))
    }

    /// The sum of a metric of a service over its labels.
    func metric(_ service: Service, _ name: String) throws -> Double {
        try get(service, "/metrics").body.split(separator: "\n").reduce(0) { sum, line in
            guard line.hasPrefix(name + "{") || line.hasPrefix(name + " "), let value = line.split(separator: " ").last
            else { return sum }
            return sum + (Double(value) ?? 0)
        }
    }

    /// How many records a service counts as `repeated`, `void` and the like, over all groups and topics.
    func count(_ service: Service, _ event: String) throws -> Double {
        try get(service, "/metrics").body.split(separator: "\n").reduce(0) { sum, line in
            guard line.hasPrefix("soleholder_records_total{"), line.contains("event=\"\(event)\""),
                let value = line.split(separator: " ").last
            else { return sum }
            return sum + (Double(value) ?? 0)
        }
    }

    func soleholder(_ arguments: [String], within time: Duration = .seconds(120)) throws -> Run {
        try Run.of(Program.product("soleholder"), arguments + connection, within: time, in: folder)
    }

    /// The auditor's verdict, as JSON.
    /// - Parameter timeout: in seconds; long, since other tests keep the services from coming to rest.
    func audit(timeout: Int = 300) throws -> Run {
        try soleholder(["audit", "--json", "--timeout", String(timeout)], within: .seconds(timeout + 120))
    }

    func load(_ arguments: [String], within time: Duration = .seconds(480)) throws -> Run {
        try Run.of(
            Program.product("load-generator"), connection + ["--timeout", "400"] + arguments, within: time, in: folder)
    }

    /// Fails unless the audit is clean.
    func expectCleanAudit(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let audit = try audit()
        #expect(audit.end == .exit(0), "\(audit)", sourceLocation: sourceLocation)
    }
}
