import CRdKafka
import Dispatch
public import EventLog
import Synchronization

/// librdkafka's broker for tests of clients: a transport that can be broken at will, not a broker to rely on.
///
/// Its transactions mean nothing, it keeps 5 MiB a partition, and it makes topics of 4 partitions by itself when asked
/// for unknown ones: create them first. Can be used from several threads: its calls are handed to its own thread.
@safe public final class MockCluster: @unchecked Sendable {
    private let client: ClientHandle
    private let cluster: OpaquePointer?
    private var isClosed = false
    /// The ports of brokers that are down. librdkafka aborts the process when it can't have a broker's port again.
    private let kept = Mutex<[Int32: KeptPort]>([:])

    /// Requests by Kafka's API keys, for the injection of errors.
    public enum Request: Int16, Sendable {
        case produce = 0
        case fetch = 1
        case listOffsets = 2
        case metadata = 3
        case offsetCommit = 8
        case offsetFetch = 9
        case findCoordinator = 10
        case joinGroup = 11
        case heartbeat = 12
        case syncGroup = 14
        case initProducerID = 22
        case addPartitionsToTransaction = 24
        case addOffsetsToTransaction = 25
        case endTransaction = 26
        case transactionOffsetCommit = 28
    }

    public init(brokers: Int = 1) throws(LogError) {
        let configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1", clientID: "mock-cluster")
        client = try ClientHandle(.producer, configuration, defaults: [:], fixed: [:])
        guard let cluster = unsafe rd_kafka_mock_cluster_new(client.raw, Int32(clamping: brokers)) else {
            throw LogError(.other, "can't make a mock cluster of \(brokers) brokers")
        }
        unsafe self.cluster = cluster
    }

    deinit { close() }

    /// Where clients find it.
    public var bootstrapServers: String {
        unsafe rd_kafka_mock_cluster_bootstraps(cluster).map { unsafe String(cString: $0) } ?? ""
    }

    public func createTopic(_ name: String, partitions: Int) throws(LogError) {
        let cause = unsafe rd_kafka_mock_topic_create(cluster, name, Int32(clamping: partitions), 1)
        guard cause == .success else { throw ErrorMapping.error(cause, doing: "create mock topic \(name)") }
    }

    /// Makes every metadata request for the topic fail with Kafka's error code; 0 ends that.
    public func failTopic(_ name: String, code: Int32) {
        unsafe rd_kafka_mock_topic_set_error(cluster, name, rd_kafka_resp_err_t(code))
    }

    /// Answers the next requests of a kind with Kafka's error codes, one each, whichever broker gets them.
    /// A code of librdkafka's own, `_TRANSPORT` (-195), closes the connection instead.
    public func pushRequestErrors(_ request: Request, _ codes: [Int32]) {
        let causes = codes.map { rd_kafka_resp_err_t($0) }
        unsafe rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, causes.count, causes)
    }

    /// Drops the errors of a kind of request that were not used yet.
    public func clearRequestErrors(_ request: Request) {
        unsafe rd_kafka_mock_clear_request_errors(cluster, request.rawValue)
    }

    /// Closes a broker's connections and takes no new ones, and keeps its port for it.
    public func takeDown(broker: Int32 = 1) {
        unsafe _ = rd_kafka_mock_broker_set_down(cluster, broker)
        guard let port = port(of: broker) else { return }
        let keptPort = keep(port)
        kept.withLock { $0[broker] = keptPort }
    }

    public func bringUp(broker: Int32 = 1) {
        kept.withLock { $0[broker] = nil }
        unsafe _ = rd_kafka_mock_broker_set_up(cluster, broker)
    }

    /// Waits until nobody listens there any more: a child process that was forked, and has not yet become another program,
    /// still holds the broker's socket open.
    private func keep(_ port: UInt16) -> KeptPort? {
        let deadline = Deadline(after: .seconds(20))
        while !deadline.hasPassed {
            if let keptPort = KeptPort(port) { return keptPort }
            _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(10))
        }
        return nil
    }

    private func port(of broker: Int32) -> UInt16? {
        let addresses = bootstrapServers.split(separator: ",")
        guard addresses.indices.contains(Int(broker) - 1) else { return nil }
        return addresses[Int(broker) - 1].split(separator: ":").last.flatMap { UInt16($0) }
    }

    /// Delays each of a broker's answers.
    public func setRoundTripTime(_ time: Duration, broker: Int32 = 1) {
        unsafe _ = rd_kafka_mock_broker_set_rtt(cluster, broker, time.milliseconds)
    }

    /// Gives a partition a leader; nil takes it away.
    public func setLeader(of place: TopicPartition, broker: Int32?) {
        unsafe _ = rd_kafka_mock_partition_set_leader(cluster, place.topic, place.partition, broker ?? -1)
    }

    public func setCoordinator(ofGroup group: String, broker: Int32) {
        unsafe _ = rd_kafka_mock_coordinator_set(cluster, "group", group, broker)
    }

    /// Ends the cluster. Not while another thread uses it.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        unsafe rd_kafka_mock_cluster_destroy(cluster)
        client.destroy()
    }
}
