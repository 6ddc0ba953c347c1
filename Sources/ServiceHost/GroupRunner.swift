internal import EventLog
internal import Foundation
internal import KafkaClient
internal import Logging
internal import Messages
internal import Operations
internal import Processing
internal import StateStore

/// Puts a core on Kafka and SQLite, and runs it on the calling thread until it is told to stop.
struct GroupRunner: Sendable {
    let names: DeploymentNames
    let kafka: KafkaConfiguration
    let guarantee: DeliveryGuarantee
    let stateDirectory: String
    let instanceID: String?
    let logger: Logger
    let board: ReadinessBoard
    let makeCore: @Sendable (Declaration) -> any ServiceCore

    func run(stop: StopSignal) throws -> ExitStatus {
        do {
            return try runWorker(stop: stop)
        } catch let error as LogError {
            throw ProgramFailure(Self.status(of: error), error.description)
        } catch let error as StateStoreError {
            throw ProgramFailure(error.code == .foreign ? .usage : .unavailable, error.description)
        }
    }

    private func runWorker(stop: StopSignal) throws -> ExitStatus {
        guard let declared = try awaitTopics(stop) else { return .stopped }
        let partitionCount = declared.declaration.partitions
        let core = makeCore(declared.declaration)
        let reader = try KafkaLogReader(configuration: kafka)
        let store = try SQLiteStateStore(
            directory: stateDirectory, name: core.group.rawValue, tables: core.tables,
            identity: StoreIdentity(
                service: core.group.rawValue, topicPrefix: names.prefix, partitionCount: partitionCount,
                clusterID: try reader.clusterID(), formatVersion: core.stateVersion))
        for notice in store.notices { logger.warning("\(notice)") }
        // The same after a restart, so that what was left open is ended at once; another one for each instance that runs. A
        // given name is better than the state directory's: it outlives that.
        let identity = instanceID ?? store.ownerID
        let mark = { OffsetMark.of(identity, revision: core.decidesByDeclaration ? $0 : nil) }
        let consumer = try KafkaGroupConsumer(
            configuration: kafka, group: names.name(core.group), topics: core.group.inputs.map(names.name),
            urgentTopics: core.group.inputs.filter { $0 == .processCommands }.map(names.name), instanceID: instanceID,
            owner: store.ownerID, offsetMetadata: mark(declared.revision))
        let session = consumer.sessionTimeout
        board.set(core.group, reader: try store.makeReader(), declared, session: session)
        var configuration = WorkerConfiguration(
            names: names, partitionCount: partitionCount, declaredRevision: declared.revision)
        // What is answered over HTTP rests on a commit within half of a session.
        configuration.proveInterval = min(configuration.proveInterval, session / 4)
        let ports = WorkerPorts(
            consumer: consumer, reader: reader, store: store, producers: producers(core.group, identity),
            observer: ServiceObserver(group: core.group, logger: logger, board: board) {
                consumer.offsetMetadata = mark($0)
            },
            now: Self.now,
            isStopping: { stop.isSet }, pause: { stop.wait(upTo: $0) })
        let worker = Worker(
            core: core, configuration: configuration, ports: ports)
        // What failed is told at once: what is asked to stop meanwhile, and what hangs while it closes, must not hide it.
        let end = worker.run { end in
            guard let failure = Self.failure(end) else { return }
            if case .fenced = end, instanceID == nil { giveUpName(of: store, core.group) }
            logger.error(
                "loop failed, everything stops",
                metadata: [
                    "loop": "\(core.group.rawValue)", "status": "\(failure.status.rawValue)", "reason": "\(failure)",
                ])
            stop.fail(failure)
        }
        if let failure = Self.failure(end) { throw failure }
        return .stopped
    }

    private static func failure(_ end: WorkerEnd) -> ProgramFailure? {
        switch end {
        case .asked: nil
        case .fenced, .outdated: ProgramFailure(.fenced, end.description)
        case .misconfigured: ProgramFailure(.usage, end.description)
        case .unavailable: ProgramFailure(.unavailable, end.description)
        case .broken: ProgramFailure(.internalError, end.description)
        }
    }

    /// Asks with little patience each time, so that a service that waits for its broker still stops when it is told to.
    private func awaitTopics(_ stop: StopSignal) throws -> DeclarationHistory.Entry? {
        let reader = try KafkaLogReader(configuration: kafka, timeout: .seconds(2))
        defer { reader.close() }
        return try Startup(names: names, reader: reader, logger: logger).wait(stop)
    }

    private func producers(_ group: ConsumerGroup, _ identity: String) -> ProducerFactory {
        switch guarantee {
        case .exactlyOnce:
            let id = names.name(group) + "-" + identity
            return .exactlyOnce { () throws(LogError) -> any TransactionalProducer in
                try KafkaTransactionalProducer(configuration: kafka, transactionalID: id)
            }
        case .atLeastOnce:
            return .atLeastOnce { () throws(LogError) -> any BatchProducer in
                try KafkaProducer(configuration: kafka)
            }
        }
    }

    /// Where the state directory was copied, two instances have one name, and fence each other in turn. Whoever is fenced
    /// takes another one, so that it happens once. What it left open was ended by who fenced it.
    private func giveUpName(of store: SQLiteStateStore, _ group: ConsumerGroup) {
        do {
            try store.renewOwner()
            logger.warning(
                "the name in the state directory was another instance's too; the next start has another one",
                metadata: ["group": "\(group.rawValue)", "directory": "\(stateDirectory)"])
        } catch { logger.error("\(error)", metadata: ["group": "\(group.rawValue)"]) }
    }

    private static func now() -> Timestamp {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }

    private static func status(of error: LogError) -> ExitStatus {
        switch error.code {
        case .configuration: .usage
        case .fenced: .fenced
        case .offsetOutOfRange, .recordTooLarge: .internalError
        case .unreachable, .unavailable, .rejoin, .unknownTopic, .notAuthorized, .other: .unavailable
        }
    }
}
