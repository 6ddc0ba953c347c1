import CRdKafka
import EventLog

extension KafkaGroupConsumer {
    /// What a member is made of, as often as it has to be made.
    struct Settings {
        let configuration: KafkaConfiguration
        let group: String
        let topics: [String]
        let defaults: [String: String]
        let fixed: [String: String]

        init(
            _ configuration: KafkaConfiguration, _ group: String, _ topics: [String], _ instanceID: String?,
            _ owner: String?, _ sessionTimeout: Duration
        ) {
            self.configuration = configuration
            self.group = group
            self.topics = topics
            defaults = ConsumerDefaults.values.merging(["session.timeout.ms": String(sessionTimeout.milliseconds)]) {
                $1
            }
            var fixed = ConsumerDefaults.fixed
            fixed["group.id"] = group
            if let instanceID {
                fixed["group.instance.id"] = instanceID
                let name = configuration.properties["client.id"] ?? configuration.clientID
                fixed["client.id"] = name + "-" + (owner ?? String(UInt64.random(in: .min ... .max), radix: 36))
            }
            self.fixed = fixed
        }

        func join() throws(LogError) -> (ClientHandle, ConsumerQueues) {
            let client = try ClientHandle(
                .consumer, configuration, defaults: defaults, fixed: fixed,
                events: RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_OFFSET_COMMIT)
            unsafe rd_kafka_poll_set_consumer(client.raw)
            let queues = try ConsumerQueues(client)
            let list = PartitionList(topics.map { TopicPartition(topic: $0, partition: -1) })
            let cause = unsafe rd_kafka_subscribe(client.raw, list.raw)
            guard cause == .success else { throw ErrorMapping.error(cause, doing: "subscribe group \(group)") }
            return (client, queues)
        }
    }

    /// The group knows this static member's name under another member id. That is a newer instance; or it is this very
    /// one: the group had given it up, it joined again, and the answer was lost (a broker that died takes both with it).
    /// The client is useless in either case (librdkafka takes it for fatal). The group tells who has the name now.
    /// - Throws: `.fenced` when another process has it; what can be tried again while the group can't be asked.
    func settle(_ fencing: LogError) throws(LogError) {
        let holder: GroupMember?
        do throws(LogError) {
            let admin = try KafkaAdmin(configuration: settings.configuration, timeout: .seconds(5))
            defer { admin.close() }
            holder = try admin.members(of: group).first { $0.instanceID == instanceID }
        } catch {
            if error.isRetriable { throw error }
            var fencing = fencing
            fencing.detail += "; the group could not be asked by whom: \(error)"
            throw fencing
        }
        if let holder, holder.clientID != client.name {
            var fencing = fencing
            fencing.detail += "; client \(holder.clientID) at \(holder.host) is \(instanceID ?? "nobody") now"
            throw fencing
        }
        client.warn("REJOIN", "group \(group) has put its static member out; it joins again")
        try joinAgain()
    }
}

/// The settings that all consumers share.
enum ConsumerDefaults {
    /// About how many bytes of records one poll takes: large records must not make a batch of any size.
    static let pollBytes = 16 << 20
    static let values = [
        // An empty fetch waits this long at the broker, and a shutdown for it.
        "fetch.wait.max.ms": "100",
        // Fetching pauses for up to a second above this many records; the kilobytes bound memory.
        "queued.min.messages": "1000000", "queued.max.messages.kbytes": "65536",
        // librdkafka inflates each batch of an answer as a whole, and clients may send some that are a thousand times as
        // large inside. An answer holds one such batch, or many small ones, and no more is asked for while there is too much.
        "fetch.max.bytes": "1048576",
        "allow.auto.create.topics": "false",
        // A broker that died without a word (power, network) is given up after this, not after a minute.
        "socket.timeout.ms": "10000",
    ]
    static let fixed = [
        "auto.offset.reset": "error", "enable.auto.commit": "false", "enable.auto.offset.store": "false",
        "isolation.level": "read_committed", "partition.assignment.strategy": "range", "enable.partition.eof": "false",
        // What a producer may send must not be above what is fetched, says librdkafka; a consumer sends nothing.
        "message.max.bytes": "1000000",
    ]
}
