import EventLog
import Foundation
import Glibc
import KafkaProtocol
import TestProcesses
import Testing
import WireClient

/// Clients that mean harm, or are broken. The broker lives on, serves others meanwhile, and its memory stays bounded.
/// `IDLE_CONNECTIONS=10000` makes the idle ones more.
@Suite(
    "Hostile clients", .enabled(if: BrokerUnderTest.foreign == nil, "a foreign broker is not to be attacked"),
    .serialized, .timeLimit(.minutes(5)))
struct HostileClientTests {
    private let broker: BrokerProcess
    private let place = TopicPartition(topic: "hostile", partition: 0)

    init() throws {
        broker = try BrokerProcess(in: Unique.folder("hostile"))
        try Cluster(broker.bootstrapServers).createTopic(place.topic)
    }

    /// Others are served at once.
    private func expectServed(_ what: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(broker.child.isRunning, "\(what): \(broker.child.logText)", sourceLocation: sourceLocation)
        let start = ContinuousClock.now
        let client = try Cluster(broker.bootstrapServers)
        let offset = try client.write([what], to: place)
        let read = try client.read(place, from: offset, .readCommitted).values
        #expect(read == [what], sourceLocation: sourceLocation)
        let time = ContinuousClock.now - start
        #expect(time < .seconds(10), "\(what): an answer took \(time)", sourceLocation: sourceLocation)
    }

    @Test("garbage of all kinds")
    func garbage() async throws {
        try await onOwnThread {
            var random = SeededGenerator(seed: 20_260_301)
            let produce = Self.frame(.produce, version: 9, Array(repeating: 0xFF, count: 200))
            for round in 0..<300 {
                let socket = try Socket(broker.address)
                var bytes: [UInt8]
                switch round % 4 {
                case 0: bytes = (0..<(1 + random.below(4000))).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                case 1:
                    // A sound frame around nonsense, of an API that exists.
                    let key = ApiKey.allCases[random.below(ApiKey.allCases.count)]
                    let version = Int16(random.below(Int(key.supportedVersions.upperBound) + 1))
                    bytes = Self.frame(key, version: version, random.bytes(random.below(300)))
                case 2:
                    bytes = produce
                    for _ in 0..<5 {
                        bytes[4 + random.below(bytes.count - 4)] = UInt8(truncatingIfNeeded: random.next())
                    }
                default: bytes = Array("GET / HTTP/1.1\r\nHost: broker\r\n\r\n".utf8)
                }
                // The broker may have closed in the middle of it.
                do { try socket.send(bytes, within: .seconds(5)) } catch is Disconnected {}
            }
            try expectServed("after garbage")
            let memory = try broker.memory()
            #expect(memory.now < 300 << 20, "\(memory.now >> 20) MB")
        }
    }

    @Test("lengths that can't be end the connection at once")
    func impossibleLengths() async throws {
        try await onOwnThread {
            for length in [UInt32(0xFFFF_FFFF), 0x8000_0000, 0x7FFF_FFFF, 0x2000_0000, 0] {
                let socket = try Socket(broker.address)
                var writer = WireWriter()
                writer.uint32(length)
                writer.raw([0, 0, 0, 9, 1, 2, 3, 4])
                try socket.send(writer.bytes)
                do {
                    let rest = try socket.receiveSome(1, until: ContinuousClock.now + .seconds(10))
                    #expect(rest.isEmpty, "an answer to a length of \(length)")
                } catch let error as Disconnected {
                    #expect(!error.isTimeout, "silence to a length of \(length)")
                }
            }
            try expectServed("after impossible lengths")
        }
    }

    @Test("requests that never come to their end")
    func halfRequests() async throws {
        try await onOwnThread {
            let before = try broker.memory().now
            var sockets: [Socket] = []
            for number in 0..<200 {
                let socket = try Socket(broker.address)
                var writer = WireWriter()
                // A promise of 90 MB each, and then a little.
                writer.int32(number % 2 == 0 ? 90 << 20 : 2000)
                writer.raw([0, 0, 0, 9, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 1000))
                try socket.send(writer.bytes)
                sockets.append(socket)
            }
            try expectServed("beside half requests")
            let after = try broker.memory().now
            #expect(after - before < 200 << 20, "\((after - before) >> 20) MB more")
            for socket in sockets { socket.close() }
            try expectServed("after half requests")
        }
    }

    @Test("many connections that do nothing")
    func idleConnections() async throws {
        try await onOwnThread {
            let wanted = ProcessInfo.processInfo.environment["IDLE_CONNECTIONS"].flatMap { Int($0) } ?? 1000
            let count = min(wanted, Self.raiseFileLimit() - 500)
            if count < wanted { print("SKIPPED in part: the system allows \(count) connections, not \(wanted)") }
            let before = try broker.memory().now
            var sockets: [Socket] = []
            for _ in 0..<count { sockets.append(try Socket(broker.address)) }
            try expectServed("beside \(count) idle connections")
            let after = try broker.memory().now
            #expect(after - before < 50 << 20 + count << 15, "\((after - before) >> 20) MB more for \(count)")
            // They are alive, all of them.
            for index in stride(from: 0, to: count, by: max(1, count / 50)) {
                try sockets[index].send(Self.frame(.apiVersions, version: 0, []))
                #expect(try sockets[index].receive(4).count == 4)
            }
            for socket in sockets { socket.close() }
            try expectServed("after idle connections")
        }
    }

    private static func raiseFileLimit() -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        limit.rlim_cur = limit.rlim_max
        unsafe _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    @Test("a reader that asks for much and takes nothing")
    func slowReader() async throws {
        try await onOwnThread {
            let client = try Cluster(broker.bootstrapServers)
            let large = String(repeating: "x", count: 500_000)
            for _ in 0..<32 { try client.write([large], to: place) }
            let before = try broker.memory().now
            let slow = try Connection(broker.address, receiveBuffer: 4096)
            var pending: [Connection.Pending<FetchRequest>] = []
            // A hundred answers of 8 MB each, none of which is read.
            let request = client.fetchRequest(place, from: 0, maxBytes: 8 << 20)
            for _ in 0..<100 { pending.append(try slow.send(request)) }
            for round in 0..<5 { try expectServed("beside a slow reader, \(round)") }
            let after = try broker.memory().now
            #expect(after - before < 200 << 20, "\((after - before) >> 20) MB more")
            // Once it reads, it gets what it asked for, in order.
            for request in pending.prefix(3) {
                let answer = try slow.receive(request, within: .seconds(60))
                #expect((answer.topics.first?.partitions.first?.records?.count ?? 0) > 1 << 20)
            }
            slow.close()
            try expectServed("after a slow reader")
        }
    }

    @Test("a request of 100 MB")
    func hugeRequest() async throws {
        try await onOwnThread {
            let before = try broker.memory().now
            let client = try Cluster(broker.bootstrapServers)
            // A batch's header before 100 MB of nothing: its checksum would be wrong, if anyone came so far.
            let record = BatchRecord(offset: 0, timestamp: Draft.now, key: nil, value: [1])
            var batch = RecordBatchWriter.batch([record]) + [UInt8](repeating: 0x78, count: 100_000_000)
            var length = WireWriter()
            length.int32(Int32(batch.count - RecordBatchHeader.prefixSize))
            batch.replaceSubrange(8..<12, with: length.bytes)
            let partition = ProduceRequest.Partition(partitionIndex: 0, records: batch)
            let huge = ProduceRequest(
                transactionalID: nil, acks: -1, timeoutMs: 30_000,
                topics: [ProduceRequest.Topic(name: place.topic, partitions: [partition])])
            for _ in 0..<2 {
                do {
                    let written = try Cluster.written(client.leader(place).call(huge, within: .seconds(240)))
                    #expect([.messageTooLarge, .corruptMessage].contains(written.errorCode))
                } catch let error as Disconnected {
                    // Above what the broker takes at all: the connection ends, and does not hang.
                    #expect(!error.isTimeout)
                    client.drop()
                }
            }
            try expectServed("after huge requests")
            let after = try broker.memory()
            #expect(after.now - before < 300 << 20, "\((after.now - before) >> 20) MB more")
            #expect(after.peak - before < 500 << 20, "\((after.peak - before) >> 20) MB more at the peak")
        }
    }

    /// A request's frame around any bytes.
    private static func frame(_ key: ApiKey, version: Int16, _ body: [UInt8]) -> [UInt8] {
        var writer = WireWriter()
        writer.int32(0)
        RequestHeader(apiKey: key, apiVersion: version, correlationID: 1, clientID: "hostile").encode(to: &writer)
        writer.raw(body)
        writer.overwrite(int32: Int32(writer.count - 4), at: 0)
        return writer.bytes
    }
}

extension SeededGenerator {
    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}
