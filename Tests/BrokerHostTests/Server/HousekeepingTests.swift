import BrokerCore
import KafkaProtocol
import Testing

@testable import BrokerHost

/// Compaction and retention, from the request to the files.
@Suite struct HousekeepingTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func serve(_ isInMemory: Bool, _ body: (BrokerServer) throws -> Void) throws {
        var configuration = BrokerServer.Configuration(
            store: isInMemory ? .memory : .directory(directory.path + "/data", .interval))
        configuration.broker.logCheckInterval = 20
        let server = try BrokerServer(configuration, logger: silent)
        defer { server.stop() }
        try body(server)
    }

    private static let compacted = [
        "cleanup.policy": "compact", "segment.bytes": "1000", "min.cleanable.dirty.ratio": "0.01",
    ]

    @Test(arguments: [true, false]) func compactionKeepsTheLastValue(_ isInMemory: Bool) throws {
        try serve(isInMemory) { server in
            try server.createTopic(named: "latest", partitions: 1, configs: Self.compacted)
            let client = try SocketClient(port: server.port)
            // All have the same key.
            for number in 0..<60 { _ = try client.produce("latest", ["\(number)"]) }
            try waitUntil("compacted") {
                let left = try client.fetch("latest")
                #expect(left.last == "59")
                return left.count < 20
            }
            let left = try client.fetch("latest").compactMap { Int($0) }
            #expect(left == left.sorted())
            #expect(try client.produce("latest", ["60"]).baseOffset == 60)
        }
        guard !isInMemory else { return }
        try serve(false) { server in
            let client = try SocketClient(port: server.port)
            let left = try client.fetch("latest")
            #expect(left.count < 21 && left.last == "60")
            #expect(try client.produce("latest", ["61"]).baseOffset == 61)
        }
    }

    @Test(arguments: [true, false]) func retentionDeletesOldSegments(_ isInMemory: Bool) throws {
        try serve(isInMemory) { server in
            try server.createTopic(
                named: "recent", partitions: 1,
                configs: [
                    "cleanup.policy": "delete", "segment.bytes": "1000", "retention.bytes": "2000",
                    "retention.ms": "-1",
                ])
            let client = try SocketClient(port: server.port)
            for number in 0..<100 { _ = try client.produce("recent", ["\(number)"]) }
            try waitUntil("retention") {
                var request = ListOffsetsRequest.blank
                request.topics = [.init(name: "recent", partitions: [.init(partitionIndex: 0, timestamp: -2)])]
                guard case .listOffsets(let answer) = try client.ask(.listOffsets(request)),
                    let start = answer.topics.first?.partitions.first?.offset, start >= 60
                else { return false }
                let left = try client.fetch("recent", from: start).compactMap { Int($0) }
                #expect(left == Array(Int(start)..<100))
                return true
            }
            if !isInMemory { #expect(try directory.names("data/logs/recent-0").count <= 4) }
        }
    }

    /// Records that a client packed badly are stored as they came, and harm nobody else.
    @Test(arguments: [true, false]) func badlyPackedRecordsHarmNobody(_ isInMemory: Bool) throws {
        try serve(isInMemory) { server in
            try server.createTopic(named: "latest", partitions: 1, configs: Self.compacted)
            let client = try SocketClient(port: server.port)
            var request = SocketClient.produceRequest("latest", ["packed"])
            var bytes = try #require(request.topics[0].partitions[0].records)
            // It says gzip, and is not.
            bytes[22] |= 1
            let checksum = CRC32C.checksum(bytes, 21..<bytes.count)
            for index in 0..<4 { bytes[17 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * index)) }
            request.topics[0].partitions[0].records = bytes
            for _ in 0..<20 { _ = try client.ask(.produce(request)) }
            for number in 0..<60 { _ = try client.produce("latest", ["\(number)"]) }
            var query = ListOffsetsRequest.blank
            query.topics = [.init(name: "latest", partitions: [.init(partitionIndex: 0, timestamp: 5)])]
            guard case .listOffsets(let answer) = try client.ask(.listOffsets(query)) else { return }
            #expect(answer.topics.first?.partitions.first?.errorCode == ErrorCode.none)
            #expect(try client.produce("latest", ["after"]).baseOffset == 80)
        }
    }
}
