import KafkaProtocol
import Testing

/// Headers, lengths, and what the protocol says about versions that one side does not know.
@Suite("Frames") struct FrameTests {
    private static func frame(_ key: Int16, _ version: Int16, _ rest: [UInt8]) -> [UInt8] {
        var writer = WireWriter()
        writer.int16(key)
        writer.int16(version)
        writer.int32(5)
        writer.raw(rest)
        return writer.bytes
    }

    @Test("An API or version that is not known is an error") func unsupported() {
        #expect(throws: WireError.unsupported(apiKey: 999, version: 2)) {
            try RequestFrame.decode(Self.frame(999, 2, [0xFF, 0xFF]))
        }
        #expect(throws: WireError.unsupported(apiKey: 1, version: 3)) {
            try RequestFrame.decode(Self.frame(1, 3, [0xFF, 0xFF]))
        }
        #expect(throws: WireError.unsupported(apiKey: 12, version: -1)) {
            try RequestFrame.decode(Self.frame(12, -1, [0xFF, 0xFF]))
        }
        #expect(throws: WireError.truncated) { try RequestFrame.decode([]) }
    }

    @Test("What stands behind a request is passed over") func behind() throws {
        let frame = try RequestFrame.decode(Self.frame(18, 0, [0xFF, 0xFF, 0]))
        #expect(frame.request == .apiVersions(ApiVersionsRequest()))
    }

    @Test("What stands behind a response is an error") func trailing() throws {
        #expect(throws: WireError.trailing(2)) {
            try ResponseFrame.decode([0, 0, 0, 5, 0, 0, 9, 9], apiKey: .heartbeat, version: 0)
        }
    }

    @Test("A newer ApiVersions request is answered at version 0") func newerApiVersions() throws {
        let request = try RequestFrame.decode(Self.frame(18, 77, [0, 1, 0x61, 0, 9, 9, 9]))
        #expect(request.header == RequestHeader(apiKey: .apiVersions, apiVersion: 77, correlationID: 5, clientID: "a"))
        #expect(!request.header.isSupported)
        #expect(request.request == .apiVersions(ApiVersionsRequest()))

        let response = ResponseFrame(
            correlationID: 5,
            response: .apiVersions(
                ApiVersionsResponse(
                    errorCode: .unsupportedVersion, apiKeys: [.init(apiKey: 18, minVersion: 0, maxVersion: 3)])))
        let bytes = response.encoded(version: request.header.apiVersion)
        #expect(bytes == [0, 0, 0, 16, 0, 0, 0, 5, 0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 3])
        // The client that had asked at version 3 understands it.
        #expect(try ResponseFrame.decode(Array(bytes.dropFirst(4)), apiKey: .apiVersions, version: 3) == response)
    }

    @Test("Tagged fields that are not known are stepped over") func unknownTags() throws {
        // In the header, in a topic, in the request.
        let tags: [UInt8] = [2, 0, 1, 7, 0x85, 0x02, 2, 7, 7]
        let name: [UInt8] = [2, 0x74]
        let bytes = Self.frame(3, 9, [0xFF, 0xFF] + tags + [2] + name + tags + [1, 0, 0] + tags)
        let frame = try RequestFrame.decode(bytes)
        #expect(frame.request == .metadata(MetadataRequest(topics: [.init(name: "t")], allowAutoTopicCreation: true)))
    }

    @Test("A tagged field that is known is read within its bounds") func knownTags() throws {
        let request = FetchRequest(clusterID: "c")
        let bytes = request.encoded(version: 12)
        #expect(Array(bytes.suffix(5)) == [1, 0, 2, 2, 0x63])
        #expect(try FetchRequest(bytes, version: 12) == request)
        // The string ends before its field does, or after it.
        #expect(throws: WireError.trailing(1)) {
            try FetchRequest(Array(bytes.dropLast(3)) + [3, 2, 0x63, 0], version: 12)
        }
        #expect(throws: WireError.truncated) { try FetchRequest(Array(bytes.dropLast(3)) + [1, 2, 0x63], version: 12) }
        // What the version has no place for is left out.
        #expect(try FetchRequest(request.encoded(version: 11), version: 11).clusterID == nil)
    }

    @Test("A string too long for the old form is cut between characters") func longStrings() throws {
        for padding in 0..<4 {
            let text = String(repeating: "a", count: padding) + String(repeating: "日", count: 12_000)
            let request = FindCoordinatorRequest(coordinatorKeys: [text])
            let cut = try #require(
                try FindCoordinatorRequest(request.encoded(version: 2), version: 2).coordinatorKeys.first)
            #expect(text.hasPrefix(cut))
            #expect((Int(Int16.max) - 2...Int(Int16.max)).contains(cut.utf8.count))
            #expect(try FindCoordinatorRequest(request.encoded(version: 3), version: 3) == request)
        }
    }

    @Test("Records of a fetch go into the frame as they are") func records() throws {
        let records = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
        let response = FetchResponse(topics: [.init(name: "t", partitions: [.init(highWatermark: 9, records: records)])]
        )
        let frame = ResponseFrame(correlationID: 1, response: .fetch(response))
        for version in ApiKey.fetch.supportedVersions {
            let bytes = frame.encoded(version: version)
            #expect(bytes.count > records.count && bytes.count < records.count + 100)
            #expect(try ResponseFrame.decode(Array(bytes.dropFirst(4)), apiKey: .fetch, version: version) == frame)
        }
    }
}
