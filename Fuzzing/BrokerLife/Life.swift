import BrokerCore
import EventLog
import KafkaProtocol

/// A broker's life as an input tells it: requests from several connections, time, crashes.
struct Life {
    private static let requests: [any ApiRequest.Type] = [
        ProduceRequest.self, FetchRequest.self, ListOffsetsRequest.self, MetadataRequest.self,
        KafkaProtocol.OffsetCommitRequest.self, OffsetFetchRequest.self, FindCoordinatorRequest.self,
        JoinGroupRequest.self, HeartbeatRequest.self, LeaveGroupRequest.self, SyncGroupRequest.self,
        DescribeGroupsRequest.self, ListGroupsRequest.self, ApiVersionsRequest.self, CreateTopicsRequest.self,
        DeleteTopicsRequest.self, DeleteRecordsRequest.self, InitProducerIDRequest.self,
        OffsetForLeaderEpochRequest.self, AddPartitionsToTxnRequest.self, AddOffsetsToTxnRequest.self,
        EndTxnRequest.self, TxnOffsetCommitRequest.self, DescribeConfigsRequest.self, AlterConfigsRequest.self,
        CreatePartitionsRequest.self, DeleteGroupsRequest.self, IncrementalAlterConfigsRequest.self,
        OffsetDeleteRequest.self, DescribeClusterRequest.self, DescribeProducersRequest.self,
        DescribeTransactionsRequest.self, ListTransactionsRequest.self,
    ]

    var host: Host
    var input: FuzzBytes

    init(_ bytes: [UInt8]) {
        input = FuzzBytes(bytes)
        host = Host(
            BrokerConfiguration(
                maximumPartitions: 8, maximumTotalPartitions: 20, logCheckInterval: 1 << 20,
                markerDelay: input.flag() ? 5 : 0))
        create("t", partitions: 3)
        create("u", partitions: 1, ["cleanup.policy": "compact", "segment.ms": "1", "min.cleanable.dirty.ratio": "0"])
    }

    /// Lives to the input's end, but for no more than so many steps.
    mutating func run(steps: Int = 200) {
        for _ in 0..<steps where !input.isAtEnd { step() }
    }

    private mutating func create(_ name: String, partitions: Int32, _ configs: [String: String] = [:]) {
        let topic = CreateTopicsRequest.Topic(
            name: name, numPartitions: partitions, replicationFactor: 1,
            configs: configs.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) })
        host.send(CreateTopicsRequest(topics: [topic]))
    }

    private mutating func step() {
        let choice = input.byte()
        switch choice >> 4 {
        case 0..<8:
            let type: any ApiRequest.Type = Self.requests[Int(choice) % Self.requests.count]
            likely(type)
        case 8: host.pass(Int64(input.byte()) * 8)
        case 9: host.pass(1 << Int64(input.below(34)), atOnce: true)
        case 10: host.restart(fromSnapshot: input.flag())
        case 11: host.plan(deathAfter: input.below(8))
        case 12: choice & 15 < 4 ? host.disconnect(Int64(choice & 3)) : live(inGroup: choice & 15)
        case 13: choice & 15 < 12 ? produce() : fetch(choice & 3)
        case 14: transact(choice & 15)
        default: raw()
        }
    }

    private mutating func likely<Request: ApiRequest>(_ type: Request.Type) {
        let choice = input.byte()
        let versions = Request.apiKey.supportedVersions
        let version = versions.upperBound - Int16(choice >> 2) % Int16(versions.count)
        var coder = LikelyCoder(
            version: version, flexible: Request.apiKey.isFlexible(version), input: input, memory: host.memory)
        var request = Request.blank
        request.code(&coder)
        input = coder.input
        host.send(request, version: version, connection: Int64(choice & 3))
    }

    /// A frame as it comes from the network.
    private mutating func raw() {
        let connection = Int64(input.byte() & 3)
        guard let frame = try? RequestFrame.decode(input.take(Int(input.integer(UInt16.self)))),
            frame.header.isSupported || frame.header.apiKey == .apiVersions
        else { return host.disconnect(connection) }
        host.send(frame, connection: connection)
    }

    /// All that waits comes to its end.
    mutating func end() { host.settle() }
}
