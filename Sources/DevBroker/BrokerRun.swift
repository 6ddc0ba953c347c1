import BrokerCore
import BrokerHost
import DeclarationFiles
import EventLog
import Foundation
import Logging
import Messages
import Operations
import Synchronization
import TopicChecking

/// One life of the broker: from the start to the signal that ends it.
struct BrokerRun: Sendable {
    let command: DevBrokerCommand
    let logger: Logger

    /// Serves until it is told to stop.
    func work(_ stop: StopSignal) throws -> ExitStatus {
        let failure = FailureNote()
        let server: BrokerServer
        do throws(BrokerServerError) {
            server = try BrokerServer(configuration, logger: logger) { error in
                failure.set(error)
                stop.set()
            }
        } catch { throw ProgramFailure(Self.status(of: error), "the broker can't start: \(error)") }
        defer { server.stop() }
        let declaration = try makeTopics(on: server)
        try announce(server, declaration)
        stop.wait()
        if let error = failure.value {
            throw ProgramFailure(Self.status(of: .storage(error)), "the broker can't go on: \(error)")
        }
        return .stopped
    }

    private var configuration: BrokerServer.Configuration {
        var configuration = BrokerServer.Configuration(store: store)
        configuration.broker.nodeCount = command.nodes
        configuration.broker.nodeSessionTimeout = command.nodeSessionTimeout
        configuration.broker.defaultPartitions = command.partitions ?? Declaration.standardPartitions
        configuration.broker.autoCreateTopics = command.autoCreateTopics
        // Kafka looks for old segments every five minutes and compacts every 15 s. Here logs are few, and people wait.
        configuration.broker.logCheckInterval = 1000
        configuration.broker.markerDelay = command.markerDelay
        configuration.broker.groups.loadTime = command.coordinatorLoadTime
        configuration.broker.transactions.loadTime = command.coordinatorLoadTime
        configuration.broker.transactions.abortInterval = command.transactionScanInterval
        if case .listen(let host, let port) = command.listen {
            configuration.host = host
            configuration.port = Int(port)
        }
        if case .listen(let host, let port) = command.controlAddress {
            configuration.control = (host, Int(port))
        }
        return configuration
    }

    private var store: BrokerStore {
        if command.inMemory { return .memory }
        return .directory(command.dataDirectory ?? DevBrokerCommand.defaultDataDirectory, command.sync.policy)
    }

    /// Declares what is asked for unless it counts already, and makes the topics that are missing.
    private func makeTopics(on server: BrokerServer) throws -> Declaration {
        let names = DeploymentNames(prefix: command.topicPrefix)
        let place = TopicPartition(topic: names.name(.deployment), partition: 0)
        let declaration: Declaration
        do {
            let wish = DeclarationWish(
                declaration: try command.declaration.map { path in try DeclarationFile.read(path: path) },
                partitions: command.partitions)
            var history = DeclarationHistory()
            for record in try server.records(of: place) { history.take(record) }
            for ignored in history.ignored {
                logger.warning(
                    "a record of the declaration does not count",
                    metadata: ["topic": "\(place.topic)", "offset": "\(ignored.offset)", "reason": "\(ignored.why)"])
            }
            let counts = try server.partitionCounts()
            let step = try wish.step(
                after: history,
                partitionCounts: Dictionary(
                    uniqueKeysWithValues: Topic.allCases.compactMap { topic in
                        counts[names.name(topic)].map { (topic, $0) }
                    }), use: try isInUse(server, names, counts) ? .inUse : .nothingWritten)
            try server.createTopic(
                named: place.topic, partitions: 1,
                configs: TopicSettings.creation(of: .deployment, replicationFactor: command.nodes))
            switch step {
            case .keep(let kept): declaration = kept
            case .write(let declared):
                let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
                let record = declared.record(
                    id: UUID().uuidString.lowercased(), source: "/dev-broker", time: now, in: names)
                try server.write(record.value ?? [], headers: record.headers, to: place)
                declaration = declared.declaration
            }
            for topic in Topic.allCases where topic != .deployment {
                try server.createTopic(
                    named: names.name(topic), partitions: topic.partitionCount(declared: declaration.partitions),
                    configs: TopicSettings.creation(of: topic, replicationFactor: command.nodes))
            }
        } catch let problem as DeclarationProblem {
            throw ProgramFailure(.usage, problem.description)
        } catch let error as BrokerServerError { throw ProgramFailure(Self.status(of: error), error.description) }
        return declaration
    }

    private func isInUse(
        _ server: BrokerServer, _ names: DeploymentNames, _ counts: [String: Int32]
    ) throws(BrokerServerError) -> Bool {
        for topic in Topic.allCases where topic != .deployment {
            for partition in 0..<(counts[names.name(topic)] ?? 0) {
                let place = TopicPartition(topic: names.name(topic), partition: partition)
                if try server.wasWritten(place) { return true }
            }
        }
        return false
    }

    private func announce(_ server: BrokerServer, _ declaration: Declaration) throws {
        let bootstrap = server.ports.map { Self.address(command.listen, port: $0) }.joined(separator: ",")
        if let file = command.controlFile, let address = command.controlAddress, let port = server.controlPort {
            try write(Self.address(address, port: port), to: file, flag: "--control-file")
        }
        if let file = command.bootstrapFile { try write(bootstrap, to: file, flag: "--bootstrap-file") }
        var metadata: Logger.Metadata = [
            "bootstrap": "\(bootstrap)", "partitions": "\(declaration.partitions)", "topics": "\(Topic.allCases.count)",
        ]
        switch store {
        case .memory: metadata["store"] = "memory, nothing is kept"
        case .directory(let path, let policy): metadata["store"] = "\(path), sync \(policy.rawValue)"
        }
        logger.info("for development and tests only; in production run Apache Kafka", metadata: metadata)
        if let address = command.controlAddress, let port = server.controlPort {
            logger.warning(
                "faults can be injected", metadata: ["control": "\(Self.address(address, port: port))"])
        }
    }

    /// Where clients of this machine connect.
    private static func address(_ listening: HTTPAddress, port: Int) -> String {
        guard case .listen(let host, _) = listening else { return "" }
        let isEverywhere = host == "0.0.0.0" || host == "::"
        return HTTPAddress.listen(
            host: isEverywhere ? HTTPAddress.loopback : host, port: UInt16(truncatingIfNeeded: port)
        ).description
    }

    private func write(_ text: String, to file: String, flag: String) throws {
        do { try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: file), options: .atomic) } catch {
            throw ProgramFailure(.unavailable, "\(flag) \(file): \(error.localizedDescription)")
        }
    }

    private static func status(of error: BrokerServerError) -> ExitStatus {
        switch error {
        case .address, .topic: .unavailable
        case .storage(let error):
            switch error.code {
            case .full, .io, .locked, .newerFormat: .unavailable
            // What is stored contradicts itself.
            case .corrupt, .missing: .internalError
            }
        }
    }
}

/// What ended the broker, told by one thread to another.
private final class FailureNote: Sendable {
    private let error = Mutex<StorageError?>(nil)

    var value: StorageError? { error.withLock { $0 } }
    func set(_ failure: StorageError) { error.withLock { $0 = failure } }
}
