import CRdKafka
import EventLog

/// Makes records of librdkafka's messages. Confined to one thread.
@safe final class RecordDecoding {
    // A consumer's messages come in runs of one topic, whose name is kept: a copy for each would cost more than the
    // rest of the decoding. The topic's address names it only while the topic is assigned: see `forget`.
    private var lastTopic: OpaquePointer?
    private var lastName = ""
    private var names: [OpaquePointer: String] = unsafe [:]

    /// To be called whenever the assignment changes: librdkafka may then reuse a topic's address.
    func forget() {
        unsafe lastTopic = nil
        unsafe names.removeAll()
    }

    func topicName(_ topic: OpaquePointer?) -> String {
        guard let topic = unsafe topic else { return "" }
        if unsafe topic == lastTopic { return lastName }
        if let known = unsafe names[topic] {
            unsafe lastTopic = topic
            lastName = known
            return known
        }
        let name = unsafe rd_kafka_topic_name(topic).map { unsafe String(cString: $0) } ?? ""
        unsafe names[topic] = name
        unsafe lastTopic = topic
        lastName = name
        return name
    }

    func place(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> TopicPartition {
        TopicPartition(topic: unsafe topicName(message.pointee.rkt), partition: unsafe message.pointee.partition)
    }

    func record(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> LogRecord {
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let time = unsafe rd_kafka_message_timestamp(message, &kind)
        return unsafe LogRecord(
            topic: topicName(message.pointee.rkt), partition: message.pointee.partition,
            offset: message.pointee.offset,
            timestampMilliseconds: kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : time,
            key: bytes(message.pointee.key, message.pointee.key_len),
            value: bytes(message.pointee.payload, message.pointee.len), headers: headers(message))
    }

    private func bytes(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8]? {
        guard let start = unsafe start else { return nil }
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    private func headers(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> [RecordHeader] {
        var list: OpaquePointer?
        guard unsafe rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR,
            let list = unsafe list
        else { return [] }
        let count = unsafe rd_kafka_header_cnt(list)
        var result: [RecordHeader] = []
        result.reserveCapacity(count)
        for index in 0..<count {
            var name: UnsafePointer<CChar>?
            var value: UnsafeRawPointer?
            var size = 0
            guard unsafe rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR,
                let name = unsafe name
            else { break }
            result.append(RecordHeader(name: unsafe String(cString: name), value: unsafe bytes(value, size)))
        }
        return result
    }
}
