public import EventLog
public import Messages

/// How far a batch's output and its input position go together.
public enum DeliveryGuarantee: String, Sendable, CaseIterable {
    /// In one Kafka transaction.
    case exactlyOnce = "exactly-once"
    /// Output first, then the position: repeats are possible, and harmless.
    case atLeastOnce = "at-least-once"
}

/// Makes the producer of the chosen guarantee, again whenever the old one can't be trusted any more.
public enum ProducerFactory {
    case exactlyOnce(() throws(LogError) -> any TransactionalProducer)
    case atLeastOnce(() throws(LogError) -> any BatchProducer)
}

/// The world of a worker.
public struct WorkerPorts {
    public var consumer: any GroupConsumer
    public var reader: any LogReader
    public var store: any PartitionStateStore
    public var producers: ProducerFactory
    public var observer: any ProcessingObserver
    public var now: () -> Timestamp
    /// Whether the service is asked to stop.
    public var isStopping: () -> Bool
    /// Waits before something is tried again.
    public var pause: (Duration) -> Void

    public init(
        consumer: any GroupConsumer, reader: any LogReader, store: any PartitionStateStore,
        producers: ProducerFactory, observer: any ProcessingObserver, now: @escaping () -> Timestamp,
        isStopping: @escaping () -> Bool, pause: @escaping (Duration) -> Void
    ) {
        self.consumer = consumer
        self.reader = reader
        self.store = store
        self.producers = producers
        self.observer = observer
        self.now = now
        self.isStopping = isStopping
        self.pause = pause
    }
}

public struct WorkerConfiguration: Sendable {
    public var names: DeploymentNames
    public var partitionCount: Int32
    /// Which revision of the declaration the core was made for.
    public var declaredRevision: Int64
    /// Most records in one batch, and so in one transaction.
    public var batchSize = 5_000
    /// How long an idle poll waits.
    public var pollTimeout = Duration.milliseconds(100)
    /// How long a question to the log may keep the worker from its group.
    public var questionTime = Duration.seconds(1)
    /// How many records the first read of a catch-up takes, and how many any read takes at most.
    public var firstReadSize = 1_000
    public var readSize = 20_000
    /// How many rows one step of wiping a partition's state takes.
    public var wipeSize = 20_000
    /// How often it is found out whether a batch could be committed, where none is.
    public var proveInterval = Duration.seconds(4)
    /// How often it is looked whether something is due.
    public var wakeInterval = Duration.milliseconds(250)
    /// `at-least-once`: how often it is looked whether others have written to what the service serves.
    public var verifyInterval = Duration.seconds(10)

    public init(names: DeploymentNames, partitionCount: Int32, declaredRevision: Int64 = 1) {
        self.declaredRevision = declaredRevision
        self.names = names
        self.partitionCount = partitionCount
    }
}

/// Why a worker ended.
public enum WorkerEnd: Hashable, Sendable, CustomStringConvertible {
    case asked
    /// A newer instance has taken over.
    case fenced(String)
    /// Broker or store can't be used, and trying on does not help.
    case unavailable(String)
    /// The log is not what it must be: records are missing, or there are fewer than we have seen.
    case broken(String)

    /// The deployment is not as declared: a human must look first.
    case misconfigured(String)
    /// A newer declaration counts: another process must begin with it.
    case outdated(String)

    public var description: String {
        switch self {
        case .asked: "asked to stop"
        case .misconfigured(let detail): "misconfigured: \(detail)"
        case .outdated(let detail): "outdated by a newer declaration: \(detail)"
        case .fenced(let detail): "fenced by a newer instance: \(detail)"
        case .unavailable(let detail): "unavailable: \(detail)"
        case .broken(let detail): "broken: \(detail)"
        }
    }

    init(_ error: LogError) {
        switch error.code {
        case .fenced: self = .fenced(error.description)
        case .offsetOutOfRange, .recordTooLarge: self = .broken(error.description)
        case .unreachable, .unavailable, .rejoin, .unknownTopic, .notAuthorized, .configuration, .other:
            self = .unavailable(error.description)
        }
    }
}

/// What keeps partitions from being taken over.
enum WorkerFailure: Error {
    case log(LogError)
    case store(StateStoreError)
}

extension WorkerEnd {
    init(_ failure: WorkerFailure) {
        switch failure {
        case .log(let error): self.init(error)
        case .store(let error): self = .unavailable(error.description)
        }
    }
}
