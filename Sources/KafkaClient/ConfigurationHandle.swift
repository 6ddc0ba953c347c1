import CRdKafka
import EventLog
import Synchronization

/// What librdkafka's callbacks may touch. One object for each handle; it lives until the handle is gone.
///
/// Callbacks come on threads of librdkafka's own (log, close) or on the owner's (delivery reports). The compiler
/// can't see that through C, so: `log` and `closedConnections` are safe from anywhere, `deliveries` belongs to the
/// thread that polls the handle and is reached by no other callback.
final class CallbackState {
    let log: @Sendable (KafkaLogLine) -> Void
    let closedConnections = Atomic<Int>(0)
    let deliveries = DeliveryReports()

    init(log: @escaping @Sendable (KafkaLogLine) -> Void) {
        self.log = log
    }

    /// Hands on a log line, without those that say that a property belongs to another kind of client: one set of
    /// properties serves all kinds.
    func take(level: Int32, facility: String, message: String) {
        if facility == "CONFWARN", message.contains("property and will be ignored by this") { return }
        log(KafkaLogLine(level: level, facility: facility, message: message))
    }
}

/// A configuration that is being put together. Owns librdkafka's object until `take`.
@safe final class ConfigurationHandle {
    private var raw: OpaquePointer?

    init() {
        unsafe raw = rd_kafka_conf_new()
    }

    deinit {
        if let raw = unsafe raw { unsafe rd_kafka_conf_destroy(raw) }
    }

    var pointer: OpaquePointer? { unsafe raw }

    /// Gives the object away: `rd_kafka_new` owns it once it has succeeded.
    func release() { unsafe raw = nil }

    func set(_ name: String, _ value: String) throws(LogError) {
        var message = [CChar](repeating: 0, count: 512)
        let result = unsafe rd_kafka_conf_set(raw, name, value, &message, message.count)
        if result == RD_KAFKA_CONF_OK { return }
        if result == RD_KAFKA_CONF_UNKNOWN {
            throw LogError(.configuration, "there is no property \(name)")
        }
        // librdkafka's text may repeat the value, which may be a secret: name the property only.
        throw LogError(
            .configuration, "property \(name) has a value that is not allowed, or can't be set on this machine")
    }

    func set(_ properties: [String: String]) throws(LogError) {
        for name in properties.keys.sorted() {
            if let value = properties[name] { try set(name, value) }
        }
    }

    /// The value that stands now.
    func value(_ name: String) -> String? {
        var size = 0
        guard unsafe rd_kafka_conf_get(raw, name, nil, &size) == RD_KAFKA_CONF_OK, size > 0 else { return nil }
        var text = [CChar](repeating: 0, count: size)
        guard unsafe rd_kafka_conf_get(raw, name, &text, &size) == RD_KAFKA_CONF_OK else { return nil }
        return string(text)
    }

    /// Sets properties on a configuration that is thrown away.
    static func tryOut(_ properties: [String: String]) throws(LogError) {
        try ConfigurationHandle().set(properties)
    }
}

/// The text in a buffer that C filled, up to its first zero.
func string(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
