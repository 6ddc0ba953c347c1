internal import ArgumentParser
internal import Foundation
internal import KafkaClient
internal import Logging
public import Messages
internal import Metrics
public import Operations
public import Processing
internal import StateStore

/// One of the three services: its name, its port and its cores. Everything else is the same for all.
public struct ServiceProgram: Sendable {
    let name: String
    let httpPort: UInt16
    let cores: [(group: ConsumerGroup, make: @Sendable (Declaration) -> any ServiceCore)]
    let routes: @Sendable (StateReading) -> [Route]
    let advice: AdvisoryIndex?

    /// - Parameters:
    ///   - httpPort: where HTTP is served when nothing else is said.
    ///   - cores: each runs in a consumer group of its own, on a thread of its own.
    ///   - advice: kept up to date while the service runs.
    ///   - routes: what is served besides health, readiness and metrics.
    public init(
        name: String, httpPort: UInt16,
        cores: [(group: ConsumerGroup, make: @Sendable (Declaration) -> any ServiceCore)],
        advice: AdvisoryIndex? = nil,
        routes: @escaping @Sendable (StateReading) -> [Route] = { _ in [] }
    ) {
        self.name = name
        self.httpPort = httpPort
        self.cores = cores
        self.advice = advice
        self.routes = routes
    }

    /// Runs until the program is told to stop. Ends the process.
    public func run(shared: SharedOptions, service: ServiceOptions) async -> Never {
        let logger = LoggingBootstrap.start(level: shared.logLevel, format: shared.logFormat, service: name)
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        let kafka: KafkaConfiguration
        do {
            let properties = try shared.kafkaProperties()
            kafka = KafkaConfiguration(
                bootstrapServers: "", properties: properties.dictionary, clientID: name,
                log: { line in Self.log(line, to: logger) })
            try kafka.validateForService(service.deliveryGuarantee == .exactlyOnce ? .used : .unused)
            logger.info(
                "starting",
                metadata: [
                    "version": "\(VersionInfo.version)", "guarantee": "\(service.deliveryGuarantee.rawValue)",
                    "state": "\(service.stateDirectory(of: name))", "prefix": "\(shared.topicPrefix)",
                    "kafka": "\(properties.masked.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " "))",
                ])
        } catch {
            logger.error("\(error)")
            ExitStatus.usage.exitProcess()
        }
        let board = ReadinessBoard(groups: cores.map(\.group))
        let names = DeploymentNames(prefix: shared.topicPrefix)
        var loops = cores.map { core in
            let runner = GroupRunner(
                names: names, kafka: kafka,
                guarantee: service.deliveryGuarantee,
                stateDirectory: service.stateDirectory(of: name), instanceID: service.instanceID, logger: logger,
                board: board, makeCore: core.make)
            return ProgramLoop(core.group.rawValue) { stop in try runner.run(stop: stop) }
        }
        loops.append(DeploymentWatch(names: names, kafka: kafka, board: board, logger: logger).loop)
        if let advice { loops.append(advice.loop(names: names, kafka: kafka, logger: logger)) }
        let http = OperationsServer(
            address: service.httpAddress(defaultPort: httpPort), registry: registry,
            routes: routes(StateReading(board: board)), logger: logger, readiness: { board.readiness(at: .now) })
        let status = await ProgramRunner.run(
            name, http: http, loops: loops, logger: logger, forceExit: { $0.exitProcessAtOnce() })
        if AbandonedClients.count > 0 { status.exitProcessAtOnce() }
        status.exitProcess()
    }

    private static func log(_ line: KafkaLogLine, to logger: Logger) {
        let level: Logger.Level =
            switch line.level {
            // librdkafka says it of every request for topics to a broker that can't be told not to make them.
            case _ where line.facility == "AUTOCREATE": .debug
            case ...3: .error
            case 4: .warning
            case 5, 6: .info
            default: .debug
            }
        logger.log(level: level, "kafka: \(line.message)", metadata: ["facility": "\(line.facility)"])
    }
}
