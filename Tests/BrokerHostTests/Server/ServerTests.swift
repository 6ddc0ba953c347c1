import BrokerCore
import KafkaProtocol
import Testing

@testable import BrokerHost

@Suite struct ServerTests {
    enum Store: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case memory, always, interval, never

        var testDescription: String { rawValue }

        func store(in directory: TemporaryDirectory) -> BrokerStore {
            switch self {
            case .memory: .memory
            case .always: .directory(directory.path + "/data", .always)
            case .interval: .directory(directory.path + "/data", .interval)
            case .never: .directory(directory.path + "/data", .never)
            }
        }
    }

    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @discardableResult
    private func serve<Result>(
        _ store: Store = .memory, port: Int = 0, _ body: (BrokerServer) throws -> Result
    ) throws -> Result {
        let server = try BrokerServer(
            BrokerServer.Configuration(store: store.store(in: directory), port: port), logger: silent)
        defer { server.stop() }
        try server.createTopic(named: "letters", partitions: 2)
        return try body(server)
    }

    @Test func clientsAreToldWhereTheBrokerIs() throws {
        try serve { server in
            let client = try SocketClient(port: server.port)
            let hello = ApiVersionsRequest(clientSoftwareName: "test", clientSoftwareVersion: "1")
            guard case .apiVersions(let versions) = try client.ask(.apiVersions(hello)) else { return }
            #expect(versions.errorCode == .none && versions.apiKeys.count == ApiKey.allCases.count)
            guard case .metadata(let metadata) = try client.ask(.metadata(MetadataRequest(topics: nil))) else { return }
            #expect(metadata.brokers.map(\.host) == ["127.0.0.1"])
            #expect(metadata.brokers.map(\.port) == [Int32(server.port)])
            #expect(metadata.topics.map(\.name) == ["letters"])
            #expect(metadata.clusterID?.utf8.count == 22)
            let find = FindCoordinatorRequest(coordinatorKeys: ["g"])
            guard case .findCoordinator(let found) = try client.ask(.findCoordinator(find)) else { return }
            #expect(found.coordinators.map(\.port) == [Int32(server.port)])
        }
    }

    @Test func anUnknownVersionOfApiVersionsIsAnswered() throws {
        try serve { server in
            let client = try SocketClient(port: server.port)
            try client.write([0, 0, 0, 12, 0, 18, 0, 99, 0, 0, 0, 7, 0xFF, 0xFF, 0, 0])
            guard case .apiVersions(let response) = try client.receive(.apiVersions, version: 99).response else {
                return
            }
            #expect(response.errorCode == .unsupportedVersion && !response.apiKeys.isEmpty)
        }
    }

    @Test(arguments: Store.allCases) func whatIsProducedIsFetched(_ store: Store) throws {
        try serve(store) { server in
            let client = try SocketClient(port: server.port)
            #expect(try client.produce("letters", ["a", "b"]).baseOffset == 0)
            #expect(try client.produce("letters", ["c"]).baseOffset == 2)
            #expect(try client.produce("letters", ["other"], partition: 1).baseOffset == 0)
            #expect(try client.fetch("letters") == ["a", "b", "c"])
            #expect(try client.fetch("letters", from: 2) == ["c"])
            #expect(try client.fetch("letters", partition: 1) == ["other"])
        }
    }

    @Test(arguments: Store.allCases) func aParkedFetchIsAnsweredWhenDataComes(_ store: Store) throws {
        try serve(store) { server in
            let reader = try SocketClient(port: server.port)
            let writer = try SocketClient(port: server.port)
            let start = ContinuousClock.now
            try reader.send(.fetch(try SocketClient.fetchRequest("letters", from: 0, maxWait: 15_000)))
            _ = try writer.produce("letters", ["news"])
            guard case .fetch(let response) = try reader.receive(.fetch).response else { return }
            #expect(try SocketClient.values(response) == ["news"])
            #expect(ContinuousClock.now - start < .seconds(10))
            // And one for which nothing comes when its time is over.
            let empty = ContinuousClock.now
            #expect(try reader.fetch("letters", from: 1, maxWait: 300) == [])
            #expect(ContinuousClock.now - empty > .milliseconds(250))
        }
    }

    @Test(arguments: Store.allCases) func pipelinedRequestsAreAnsweredInOrder(_ store: Store) throws {
        try serve(store) { server in
            let client = try SocketClient(port: server.port)
            var expected: [(Int32, ApiKey)] = []
            for round in 0..<50 {
                let request = SocketClient.produceRequest("letters", ["\(round)"])
                expected.append((try client.send(.produce(request)), .produce))
                // No answer comes to this one.
                try client.send(.produce(SocketClient.produceRequest("letters", ["silent"], acks: 0)))
                expected.append((try client.send(.metadata(MetadataRequest(topics: nil))), .metadata))
            }
            for (number, apiKey) in expected { #expect(try client.receive(apiKey).correlationID == number) }
            #expect(try client.fetch("letters").count == 100)
        }
    }

    @Test func aFrameInPiecesIsOneFrame() throws {
        try serve { server in
            let client = try SocketClient(port: server.port)
            let header = RequestHeader(apiKey: .metadata, apiVersion: 12, correlationID: 5, clientID: "slow")
            for byte in RequestFrame(header: header, request: .metadata(MetadataRequest(topics: nil))).encoded() {
                try client.write([byte])
            }
            #expect(try client.receive(.metadata).correlationID == 5)
        }
    }

    @Test(
        arguments: [
            [0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 4, 1, 2, 3, 4],
            [0, 0, 0, 10, 0, 99, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], Array("GET / HTTP/1.1\r\n\r\n".utf8),
        ] as [[UInt8]]) func garbageClosesOnlyItsConnection(_ bytes: [UInt8]) throws
    {
        try serve { server in
            let other = try SocketClient(port: server.port)
            _ = try other.produce("letters", ["before"])
            let client = try SocketClient(port: server.port)
            try client.write(bytes)
            #expect(try client.isClosed())
            #expect(try other.fetch("letters") == ["before"])
        }
    }

    @Test func bytesBehindARequestArePassedOver() throws {
        try serve { server in
            let client = try SocketClient(port: server.port)
            let header = RequestHeader(apiKey: .metadata, apiVersion: 12, correlationID: 5, clientID: "librdkafka")
            var bytes = RequestFrame(header: header, request: .metadata(MetadataRequest(topics: nil))).encoded()
            bytes += [0, 0, 0]
            bytes[3] += 3
            try client.write(bytes)
            #expect(try client.receive(.metadata).correlationID == 5)
        }
    }

    @Test func largeRequestsTakeTurns() throws {
        try serve { server in
            // Each larger than half of what all may hold together.
            let size = 40 << 20
            let large = (0..<3).map { _ in try? SocketClient(port: server.port) }.compactMap(\.self)
            let prefix = [UInt8(size >> 24), UInt8(size >> 16 & 0xFF), UInt8(size >> 8 & 0xFF), UInt8(size & 0xFF)]
            for client in large { try client.write(prefix + [0, 99]) }
            let other = try SocketClient(port: server.port)
            #expect(try other.produce("letters", ["small"]).errorCode == .none)
            // The first one is read to its end, and found to be nothing; then comes the next.
            let rest = [UInt8](repeating: 7, count: size - 2)
            for client in large {
                try client.write(rest)
                #expect(try client.isClosed())
            }
        }
    }

    @Test(arguments: [Store.always, .interval, .never]) func aRestartKeepsEverything(_ store: Store) throws {
        let port = try serve(store) { server in
            let client = try SocketClient(port: server.port)
            _ = try client.produce("letters", ["a", "b"])
            _ = try client.produce("letters", ["c"], partition: 1)
            return server.port
        }
        // At once, on the same port, though the connections of a moment ago are still remembered.
        try serve(store, port: port) { server in
            #expect(server.port == port)
            let client = try SocketClient(port: server.port)
            #expect(try client.fetch("letters") == ["a", "b"])
            #expect(try client.fetch("letters", partition: 1) == ["c"])
            #expect(try client.produce("letters", ["d"]).baseOffset == 2)
        }
    }

    @Test func whatWasAcknowledgedIsInACopyTakenAtAnyTime() throws {
        try serve(.never) { server in
            let client = try SocketClient(port: server.port)
            for round in 0..<10 {
                _ = try client.produce("letters", ["\(round)"])
                // As a process that is killed leaves it; the lock is not part of it.
                try directory.copy("data", to: "killed-\(round)")
                let copy = try BrokerServer(
                    BrokerServer.Configuration(store: .directory(directory.path + "/killed-\(round)", .never)),
                    logger: silent)
                defer { copy.stop() }
                let reader = try SocketClient(port: copy.port)
                #expect(try reader.fetch("letters") == (0...round).map { "\($0)" })
            }
        }
    }

    @Test func aPortThatIsTakenIsTold() throws {
        try serve { server in
            #expect(throws: BrokerServerError.self) {
                try BrokerServer(BrokerServer.Configuration(store: .memory, port: server.port), logger: silent)
            }
        }
    }

    @Test func aDirectoryInUseIsRefused() throws {
        try serve(.interval) { _ in
            let error = #expect(throws: BrokerServerError.self) {
                try BrokerServer(
                    BrokerServer.Configuration(store: Store.interval.store(in: directory)), logger: silent)
            }
            guard case .storage(let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.code == .locked)
        }
    }

    @Test func timestampsAreSearchedInsideBatches() throws {
        try serve { server in
            let client = try SocketClient(port: server.port)
            _ = try client.produce("letters", ["a", "b", "c"])
            var request = ListOffsetsRequest.blank
            request.topics = [
                .init(name: "letters", partitions: [.init(partitionIndex: 0, timestamp: 1_001)])
            ]
            guard case .listOffsets(let answer) = try client.ask(.listOffsets(request)) else { return }
            #expect(answer.topics.first?.partitions.first?.offset == 1)
            #expect(answer.topics.first?.partitions.first?.timestamp == 1_001)
        }
    }
}
