import CRdKafka
public import EventLog

/// What a cluster says of a topic's partitions.
public struct TopicShape: Hashable, Sendable {
    public var partitions: Int32
    /// Copies of the partition that has the fewest.
    public var replicationFactor: Int
    /// Whether each partition has a leader: nothing can be written to, or asked of, one that has none.
    public var isLed: Bool

    public init(partitions: Int32, replicationFactor: Int, isLed: Bool = true) {
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.isLed = isLed
    }
}

extension KafkaAdmin {
    /// All settings of a topic that are in effect, defaults included. Secret ones are absent.
    public func settings(of topic: String) throws(LogError) -> [String: String] {
        try settings(RD_KAFKA_RESOURCE_TOPIC, topic, doing: "describe the settings of topic \(topic)")
    }

    /// All settings of a broker that are in effect, as far as it tells them.
    public func settings(ofBroker id: Int32) throws(LogError) -> [String: String] {
        try settings(RD_KAFKA_RESOURCE_BROKER, String(id), doing: "describe the settings of broker \(id)")
    }

    private func settings(
        _ kind: rd_kafka_ResourceType_t, _ name: String, doing: String
    ) throws(LogError) -> [String: String] {
        guard let resource = unsafe rd_kafka_ConfigResource_new(kind, name) else {
            throw LogError(.configuration, "\(doing): the name is not allowed")
        }
        defer { unsafe rd_kafka_ConfigResource_destroy(resource) }
        var resources: [OpaquePointer?] = unsafe [resource]
        let event = try unsafe request(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, doing) { options, queue in
            unsafe rd_kafka_DescribeConfigs(client.raw, &resources, 1, options, queue)
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        var count = 0
        guard
            let answers = unsafe rd_kafka_DescribeConfigs_result_resources(
                rd_kafka_event_DescribeConfigs_result(event), &count),
            count > 0, let answer = unsafe answers[0]
        else { throw LogError(.other, "\(doing): the answer is empty") }
        let cause = unsafe rd_kafka_ConfigResource_error(answer)
        guard cause == .success else { throw ErrorMapping.error(cause, doing: doing) }
        var entryCount = 0
        let entries = unsafe rd_kafka_ConfigResource_configs(answer, &entryCount)
        var result: [String: String] = [:]
        for index in 0..<entryCount {
            guard let entry = unsafe entries?[index], let name = unsafe rd_kafka_ConfigEntry_name(entry),
                let value = unsafe rd_kafka_ConfigEntry_value(entry)
            else { continue }
            unsafe result[String(cString: name)] = String(cString: value)
        }
        return result
    }

    /// Partitions and copies of a topic; nil when there is no such topic.
    public func shape(of topic: String) throws(LogError) -> TopicShape? {
        try requireOpen("describe topic \(topic)")
        return try client.shape(of: topic, within: timeout)
    }

    /// The cluster's brokers that are up, in the order of their ids.
    public func brokerIDs() throws(LogError) -> [Int32] {
        try requireOpen("ask for the brokers")
        return try client.brokerIDs(within: timeout)
    }

    /// Adds partitions to topics.
    /// - Parameter counts: how many each is to have then, by name.
    public func addPartitions(_ counts: [String: Int]) throws(LogError) {
        guard !counts.isEmpty else { return }
        let doing = "add partitions to \(counts.count) topics"
        var requests: [OpaquePointer?] = unsafe []
        defer {
            // swift-format-ignore: ReplaceForEachWithForLoop
            unsafe requests.forEach { if let request = unsafe $0 { unsafe rd_kafka_NewPartitions_destroy(request) } }
        }
        var message = [CChar](repeating: 0, count: 512)
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
            guard let request = unsafe rd_kafka_NewPartitions_new(name, count, &message, message.count) else {
                throw LogError(.configuration, "\(doing): \(name): \(string(message))")
            }
            unsafe requests.append(request)
        }
        let event = try unsafe request(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, doing) { options, queue in
            unsafe rd_kafka_CreatePartitions(client.raw, &requests, requests.count, options, queue)
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        let answers = unsafe topicAnswers(
            rd_kafka_event_CreatePartitions_result(event), rd_kafka_CreatePartitions_result_topics)
        for answer in answers where answer.cause != .success {
            throw ErrorMapping.error(answer.cause, doing: "add partitions to \(answer.name)", detail: answer.detail)
        }
    }

    /// Has the log forget what lies before an offset (DeleteRecords).
    /// - Parameter offsets: the first offset of each partition that is to stay.
    public func deleteRecords(before offsets: [TopicPartition: Int64]) throws(LogError) {
        guard !offsets.isEmpty else { return }
        let topics = Set(offsets.keys.map(\.topic)).sorted()
        // Harmless when it is repeated.
        try client.asking(until: Deadline(after: timeout), atFirst: timeout, leadersOf: topics) { _ throws(LogError) in
            try deleteRecordsOnce(before: offsets)
        }
    }

    private func deleteRecordsOnce(before offsets: [TopicPartition: Int64]) throws(LogError) {
        let doing = "delete records of \(offsets.count) partitions"
        let list = PartitionList(offsets: offsets)
        var requests: [OpaquePointer?] = unsafe [rd_kafka_DeleteRecords_new(list.raw)]
        defer {
            // swift-format-ignore: ReplaceForEachWithForLoop
            unsafe requests.forEach { if let request = unsafe $0 { unsafe rd_kafka_DeleteRecords_destroy(request) } }
        }
        let event = try unsafe request(RD_KAFKA_ADMIN_OP_DELETERECORDS, doing) { options, queue in
            unsafe rd_kafka_DeleteRecords(client.raw, &requests, 1, options, queue)
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        let answers = unsafe rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event))
        for entry in unsafe answers.map({ unsafe PartitionList.entries($0) }) ?? [] where entry.cause != .success {
            throw ErrorMapping.error(entry.cause, doing: doing, place: entry.place)
        }
    }
}
