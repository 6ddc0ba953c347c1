import CRdKafka
import EventLog

/// Hands records to a librdkafka producer. Confined to one thread.
///
/// The arguments of `rd_kafka_produceva` lie in one array that is reused, topics are looked up once: nothing but the
/// headers is allocated for a record here.
@safe final class RecordEncoding {
    private let client: OpaquePointer?
    private let arguments: UnsafeMutablePointer<rd_kafka_vu_t>
    private var topics: [String: OpaquePointer] = unsafe [:]
    private var lastName = ""
    private var lastTopic: OpaquePointer?

    private enum Argument: Int, CaseIterable {
        case topic, partition, value, key, flags, opaque, headers
    }

    init(client: OpaquePointer?) {
        unsafe self.client = client
        unsafe arguments = .allocate(capacity: Argument.allCases.count)
        unsafe arguments.initialize(repeating: rd_kafka_vu_t(), count: Argument.allCases.count)
        for argument in Argument.allCases {
            let type =
                switch argument {
                case .topic: RD_KAFKA_VTYPE_RKT
                case .partition: RD_KAFKA_VTYPE_PARTITION
                case .value: RD_KAFKA_VTYPE_VALUE
                case .key: RD_KAFKA_VTYPE_KEY
                case .flags: RD_KAFKA_VTYPE_MSGFLAGS
                case .opaque: RD_KAFKA_VTYPE_OPAQUE
                case .headers: RD_KAFKA_VTYPE_HEADERS
                }
            unsafe arguments[argument.rawValue].vtype = type
        }
        unsafe arguments[Argument.flags.rawValue].u.i = RD_KAFKA_MSG_F_COPY
    }

    deinit {
        unsafe arguments.deallocate()
    }

    /// Releases the topics. Must come before the client's end.
    func close() {
        // swift-format-ignore: ReplaceForEachWithForLoop
        unsafe topics.values.forEach { unsafe rd_kafka_topic_destroy($0) }
        unsafe topics.removeAll()
        unsafe lastTopic = nil
        lastName = ""
    }

    /// Hands over one record. The bytes are copied.
    /// - Returns: `NO_ERROR` when a delivery report will come, `_QUEUE_FULL` when there is no room now, or why not.
    func enqueue(_ record: OutgoingRecord, opaque: UInt) -> rd_kafka_resp_err_t {
        guard let topic = unsafe topic(record.topic) else { return rd_kafka_last_error() }
        var headers: OpaquePointer?
        if !record.headers.isEmpty {
            unsafe headers = encode(record.headers)
            guard unsafe headers != nil else { return RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE }
        }
        let cause = unsafe withBytes(record.key) { key in
            unsafe withBytes(record.value) { value in
                unsafe produce(topic, record.partition, key: key, value: value, headers: headers, opaque: opaque)
            }
        }
        // librdkafka owns the headers once it has taken the record, and only then.
        if cause != RD_KAFKA_RESP_ERR_NO_ERROR, let headers = unsafe headers {
            unsafe rd_kafka_headers_destroy(headers)
        }
        return cause
    }

    private func produce(
        _ topic: OpaquePointer, _ partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
        headers: OpaquePointer?, opaque: UInt
    ) -> rd_kafka_resp_err_t {
        unsafe arguments[Argument.topic.rawValue].u.rkt = topic
        unsafe arguments[Argument.partition.rawValue].u.i32 = partition
        unsafe arguments[Argument.value.rawValue].u.mem.ptr = UnsafeMutableRawPointer(mutating: value.baseAddress)
        unsafe arguments[Argument.value.rawValue].u.mem.size = value.count
        unsafe arguments[Argument.key.rawValue].u.mem.ptr = UnsafeMutableRawPointer(mutating: key.baseAddress)
        unsafe arguments[Argument.key.rawValue].u.mem.size = key.count
        unsafe arguments[Argument.opaque.rawValue].u.ptr = UnsafeMutableRawPointer(bitPattern: opaque)
        var count = Argument.allCases.count - 1
        if let headers = unsafe headers {
            unsafe arguments[Argument.headers.rawValue].u.headers = headers
            count += 1
        }
        guard let error = unsafe rd_kafka_produceva(client, arguments, count) else { return RD_KAFKA_RESP_ERR_NO_ERROR }
        defer { unsafe rd_kafka_error_destroy(error) }
        return unsafe rd_kafka_error_code(error)
    }

    private func topic(_ name: String) -> OpaquePointer? {
        if name == lastName, let lastTopic = unsafe lastTopic { return unsafe lastTopic }
        let topic = unsafe topics[name] ?? rd_kafka_topic_new(client, name, nil)
        guard let topic = unsafe topic else { return nil }
        unsafe topics[name] = topic
        lastName = name
        unsafe lastTopic = topic
        return unsafe topic
    }

    private func encode(_ headers: [RecordHeader]) -> OpaquePointer? {
        guard let list = unsafe rd_kafka_headers_new(headers.count) else { return nil }
        for header in headers {
            let cause = unsafe withBytes(header.value) { value in
                unsafe rd_kafka_header_add(list, header.name, -1, value.baseAddress, value.count)
            }
            if cause != RD_KAFKA_RESP_ERR_NO_ERROR {
                unsafe rd_kafka_headers_destroy(list)
                return nil
            }
        }
        return unsafe list
    }

    /// Lends the bytes; no address stands for null, so empty bytes get one.
    private func withBytes<Result>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        guard let bytes else { return unsafe body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return unsafe bytes.withUnsafeBytes { buffer in
            if unsafe buffer.baseAddress != nil { return unsafe body(buffer) }
            return unsafe body(UnsafeRawBufferPointer(start: UnsafeRawPointer(arguments), count: 0))
        }
    }
}
