import KafkaProtocol
import Testing

/// Bytes spelled out by hand from the protocol guide, so that names and places of fields are held, not only their order.
@Suite("Layouts") struct LayoutTests {
    private static func bytes(_ parts: Any...) -> [UInt8] {
        parts.flatMap { part -> [UInt8] in
            switch part {
            case let text as String: Array(text.utf8)
            case let number as Int: [UInt8(truncatingIfNeeded: number)]
            case let numbers as [UInt8]: numbers
            default: []
            }
        }
    }

    private static func big(_ value: Int32) -> [UInt8] {
        var writer = WireWriter()
        writer.int32(value)
        return writer.bytes
    }

    private static func long(_ value: Int64) -> [UInt8] {
        var writer = WireWriter()
        writer.int64(value)
        return writer.bytes
    }

    @Test("ApiVersions: the old form") func apiVersions0() throws {
        let bytes = Self.bytes(0, 0, 0, 17, 0, 18, 0, 0, Self.big(1), 0, 7, "rdkafka")
        let header = RequestHeader(apiKey: .apiVersions, apiVersion: 0, correlationID: 1, clientID: "rdkafka")
        let frame = RequestFrame(header: header, request: .apiVersions(ApiVersionsRequest()))
        #expect(frame.encoded() == bytes)
        #expect(try RequestFrame.decode(Array(bytes.dropFirst(4))) == frame)

        let response = ResponseFrame(
            correlationID: 1,
            response: .apiVersions(ApiVersionsResponse(apiKeys: [.init(apiKey: 18, minVersion: 0, maxVersion: 3)])))
        #expect(
            response.encoded(version: 0) == Self.bytes(Self.big(16), Self.big(1), 0, 0, Self.big(1), 0, 18, 0, 0, 0, 3))
    }

    @Test("ApiVersions: the flexible form, with a header of version 0 in the response") func apiVersions3() throws {
        let bytes = Self.bytes(
            0, 0, 0, 36, 0, 18, 0, 3, Self.big(1), 0, 7, "rdkafka", 0, 11, "librdkafka", 6, "2.0.2", 0)
        let header = RequestHeader(apiKey: .apiVersions, apiVersion: 3, correlationID: 1, clientID: "rdkafka")
        let request = ApiVersionsRequest(clientSoftwareName: "librdkafka", clientSoftwareVersion: "2.0.2")
        let frame = RequestFrame(header: header, request: .apiVersions(request))
        #expect(frame.encoded() == bytes)
        #expect(try RequestFrame.decode(Array(bytes.dropFirst(4))) == frame)

        let response = ResponseFrame(
            correlationID: 1,
            response: .apiVersions(
                ApiVersionsResponse(
                    apiKeys: [.init(apiKey: 18, minVersion: 0, maxVersion: 3)], throttleTimeMs: 2,
                    finalizedFeaturesEpoch: 4)))
        #expect(
            response.encoded(version: 3)
                == Self.bytes(
                    Self.big(29), Self.big(1), 0, 0, 2, 0, 18, 0, 0, 0, 3, 0, Self.big(2), 1, 1, 8, Self.long(4)))
    }

    @Test("Metadata") func metadata() throws {
        let some = MetadataRequest(topics: [.init(name: "orders")])
        #expect(some.encoded(version: 1) == Self.bytes(Self.big(1), 0, 6, "orders"))
        #expect(some.encoded(version: 9) == Self.bytes(2, 7, "orders", 0, 1, 0, 0, 0))
        #expect(MetadataRequest().encoded(version: 1) == Self.big(-1))

        let response = MetadataResponse(
            brokers: [.init(nodeID: 1, host: "localhost", port: 9092)], clusterID: "c", controllerID: 1,
            topics: [
                .init(
                    name: "orders", topicID: WireUUID(high: 1, low: 2),
                    partitions: [
                        .init(
                            errorCode: .leaderNotAvailable, partitionIndex: 3, leaderID: 1, leaderEpoch: 0,
                            replicaNodes: [1], isrNodes: [1])
                    ])
            ])
        #expect(
            response.encoded(version: 1)
                == Self.bytes(
                    Self.big(1), Self.big(1), 0, 9, "localhost", Self.big(9092), 0xFF, 0xFF, Self.big(1), Self.big(1),
                    0, 0,
                    0, 6, "orders", 0, Self.big(1), 0, 5, Self.big(3), Self.big(1), Self.big(1), Self.big(1),
                    Self.big(1),
                    Self.big(1)))
        #expect(
            response.encoded(version: 12)
                == Self.bytes(
                    Self.big(0), 2, Self.big(1), 10, "localhost", Self.big(9092), 0, 0, 2, "c", Self.big(1), 2, 0, 0, 7,
                    "orders", Self.long(1), Self.long(2), 0, 2, 0, 5, Self.big(3), Self.big(1), Self.big(0), 2,
                    Self.big(1), 2, Self.big(1), 1, 0, Self.big(.min), 0, 0))
    }

    @Test("Produce") func produce() throws {
        let request = ProduceRequest(
            transactionalID: "tx", acks: -1, timeoutMs: 1000,
            topics: [.init(name: "t", partitions: [.init(partitionIndex: 3, records: [1, 2])])])
        #expect(
            request.encoded(version: 3)
                == Self.bytes(
                    0, 2, "tx", 0xFF, 0xFF, Self.big(1000), Self.big(1), 0, 1, "t", Self.big(1), Self.big(3),
                    Self.big(2), 1, 2))
        #expect(
            request.encoded(version: 9)
                == Self.bytes(3, "tx", 0xFF, 0xFF, Self.big(1000), 2, 2, "t", 2, Self.big(3), 3, 1, 2, 0, 0, 0))

        let response = ProduceResponse(
            topics: [.init(name: "t", partitions: [.init(partitionIndex: 3, baseOffset: 7, logStartOffset: 5)])],
            throttleTimeMs: 9)
        #expect(
            response.encoded(version: 7)
                == Self.bytes(
                    Self.big(1), 0, 1, "t", Self.big(1), Self.big(3), 0, 0, Self.long(7), Self.long(-1), Self.long(5),
                    Self.big(9)))
    }

    @Test("Fetch") func fetch() throws {
        let request = FetchRequest(
            maxWaitMs: 500, minBytes: 1, maxBytes: 4096, isolationLevel: .readCommitted,
            topics: [.init(name: "t", partitions: [.init(partitionIndex: 3, fetchOffset: 7, partitionMaxBytes: 1024)])])
        #expect(
            request.encoded(version: 4)
                == Self.bytes(
                    Self.big(-1), Self.big(500), Self.big(1), Self.big(4096), 1, Self.big(1), 0, 1, "t", Self.big(1),
                    Self.big(3), Self.long(7), Self.big(1024)))

        let response = FetchResponse(
            topics: [
                .init(
                    name: "t",
                    partitions: [
                        .init(
                            partitionIndex: 3, highWatermark: 9, lastStableOffset: 8, logStartOffset: 5,
                            abortedTransactions: [.init(producerID: 6, firstOffset: 2)], records: [1, 2])
                    ])
            ])
        #expect(
            response.encoded(version: 11)
                == Self.bytes(
                    Self.big(0), 0, 0, Self.big(0), Self.big(1), 0, 1, "t", Self.big(1), Self.big(3), 0, 0,
                    Self.long(9),
                    Self.long(8), Self.long(5), Self.big(1), Self.long(6), Self.long(2), Self.big(-1), Self.big(2), 1, 2
                ))
    }
}
