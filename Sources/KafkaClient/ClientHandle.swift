import CRdKafka
import EventLog
import Glibc
import Synchronization

/// Owns one librdkafka client and what its callbacks use. Confined to one thread.
@safe final class ClientHandle {
    enum Kind: String {
        case consumer, producer
    }

    /// What all kinds prefer.
    static let defaults = [
        "socket.nagle.disable": "true",
        // librdkafka would wait for up to 10 s before it tries a broker again: as long as a transaction may take.
        "reconnect.backoff.max.ms": "1000",
        // Who leads what is asked anew by itself, after 5 minutes were it librdkafka's way: topics that are gone, made
        // anew or have more partitions are noticed by that, and who leads the partitions of a broker that died. librdkafka
        // asks for them when it loses the connection, which is seconds before the cluster has decided.
        "topic.metadata.refresh.interval.ms": "3000", "metadata.max.age.ms": "30000",
    ]

    let state: CallbackState
    let name: String
    private(set) var raw: OpaquePointer?
    /// Topics whose leaders did not answer, or said that they are none.
    var doubtful: Set<String> = []
    private let settings: [String: String]
    private var retained: Unmanaged<CallbackState>?

    /// - Parameters:
    ///   - defaults: What this package prefers; the user's properties win over them.
    ///   - fixed: What a guarantee or the wrapper itself rests on; they win over the user's.
    init(
        _ kind: Kind, _ configuration: KafkaConfiguration, defaults: [String: String], fixed: [String: String],
        events: Int32 = 0
    ) throws(LogError) {
        try configuration.validate()
        let settings = ConfigurationHandle()
        try settings.set(["client.id": configuration.clientID])
        try settings.set(ClientHandle.defaults)
        try settings.set(defaults)
        try settings.set(configuration.properties)
        if !configuration.bootstrapServers.isEmpty {
            try settings.set("bootstrap.servers", configuration.bootstrapServers)
        }
        try settings.set(fixed)
        try ClientHandle.checkRelations(settings, kind)

        state = CallbackState(log: configuration.log)
        name = settings.value("client.id") ?? configuration.clientID
        self.settings = ClientHandle.read(settings)
        let retained = unsafe Unmanaged.passRetained(state)
        unsafe ClientHandle.registerCallbacks(settings, kind, retained, events: events)
        var message = [CChar](repeating: 0, count: 512)
        let type = kind == .producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER
        guard let raw = unsafe rd_kafka_new(type, settings.pointer, &message, message.count) else {
            unsafe retained.release()
            throw LogError(.configuration, "can't make a \(kind.rawValue): \(string(message))")
        }
        settings.release()
        unsafe self.raw = raw
        unsafe self.retained = retained
    }

    deinit { destroy() }

    /// How often a connection of this client was closed, by whomever.
    var closedConnections: Int { state.closedConnections.load(ordering: .acquiring) }

    /// The error that made the client unusable, if there is one.
    func fatalFailure(doing: String, needs access: MissingAccess = MissingAccess(.read)) -> LogError? {
        var message = [CChar](repeating: 0, count: 512)
        let cause = unsafe rd_kafka_fatal_error(raw, &message, message.count)
        guard cause != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return ErrorMapping.error(cause, doing: doing, detail: string(message), needs: access)
    }

    /// A number among the effective settings.
    func setting(_ name: String) -> Int? {
        settings[name].flatMap { Int($0) }
    }

    /// Releases the client, and waits for its end, but not for long: see `AbandonedClients`.
    /// - Parameter leavingGroup: false leaves a group that could not be left in time to its session's end.
    func destroy(leavingGroup: Bool = true) {
        guard let raw = unsafe raw else { return }
        let flags = leavingGroup ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE
        let ending = unsafe Ending(raw: raw, retained: retained, flags: flags)
        unsafe (self.raw, retained) = (nil, nil)
        if AbandonedClients.await(ending.run) { return }
        warn("CLOSE", "a \(name) client did not end in time; it is left behind, and ends with the process")
    }

    func warn(_ facility: String, _ message: String) {
        state.take(level: 4, facility: facility, message: message)
    }

    private static func read(_ settings: ConfigurationHandle) -> [String: String] {
        var result: [String: String] = [:]
        for name in ["message.timeout.ms", "transaction.timeout.ms", "session.timeout.ms", "max.poll.interval.ms"] {
            result[name] = settings.value(name)
        }
        return result
    }

    private static func checkRelations(_ settings: ConfigurationHandle, _ kind: Kind) throws(LogError) {
        guard kind == .producer, settings.value("transactional.id") != nil,
            let message = settings.value("message.timeout.ms").flatMap({ Int($0) }),
            let transaction = settings.value("transaction.timeout.ms").flatMap({ Int($0) })
        else { return }
        guard message > 0, message <= transaction else {
            throw LogError(
                .configuration,
                "message.timeout.ms (\(message)) must be above 0 and at most transaction.timeout.ms (\(transaction))")
        }
    }

    private static func registerCallbacks(
        _ settings: ConfigurationHandle, _ kind: Kind, _ retained: Unmanaged<CallbackState>, events: Int32
    ) {
        unsafe rd_kafka_conf_set_opaque(settings.pointer, retained.toOpaque())
        unsafe rd_kafka_conf_set_log_cb(settings.pointer) { client, level, facility, text in
            guard let opaque = unsafe rd_kafka_opaque(client), let facility = unsafe facility,
                let text = unsafe text
            else { return }
            let state = unsafe Unmanaged<CallbackState>.fromOpaque(opaque).takeUnretainedValue()
            state.take(
                level: level, facility: unsafe String(cString: facility), message: unsafe String(cString: text))
        }
        unsafe rd_kafka_conf_set_closesocket_cb(settings.pointer) { socket, opaque in
            if let opaque = unsafe opaque {
                let state = unsafe Unmanaged<CallbackState>.fromOpaque(opaque).takeUnretainedValue()
                state.closedConnections.add(1, ordering: .acquiringAndReleasing)
            }
            return close(socket)
        }
        if kind == .producer {
            unsafe rd_kafka_conf_set_dr_msg_cb(settings.pointer) { _, message, opaque in
                guard let message = unsafe message, let opaque = unsafe opaque else { return }
                unsafe Unmanaged<CallbackState>.fromOpaque(opaque)._withUnsafeGuaranteedRef {
                    unsafe $0.deliveries.take(message)
                }
            }
        }
        if events != 0 { unsafe rd_kafka_conf_set_events(settings.pointer, events) }
    }
}

/// A client on its way out: owned by nobody else.
@safe private struct Ending: @unchecked Sendable {
    let raw: OpaquePointer
    let retained: Unmanaged<CallbackState>?
    let flags: Int32

    @Sendable func run() {
        unsafe rd_kafka_destroy_flags(raw, flags)
        unsafe retained?.release()
    }
}
