import EventLog
import KafkaProtocol
import TestProcesses
import Testing
import WireClient

/// Requests that the broker does not know: an answer with an error where the protocol has one, else the end of the
/// connection at once. Never silence, and never harm to others.
@Suite("Unknown requests") struct UnknownRequestTests {
    @Test("an unknown version of ApiVersions is answered with what is known (KIP-511)")
    func apiVersions() async throws {
        try await BrokerUnderTest.test { stage in
            let connection = try Connection(stage.client().bootstrap[0])
            var writer = WireWriter()
            writer.int32(0)
            writer.int16(ApiKey.apiVersions.rawValue)
            writer.int16(99)
            writer.int32(77)
            writer.nullableString("future", false)
            writer.raw([0, 1, 2, 3, 4, 5, 6, 7])
            writer.overwrite(int32: Int32(writer.count - 4), at: 0)
            try connection.socket.send(writer.bytes)
            var reader = WireReader(try connection.receiveFrame())
            #expect(try reader.int32() == 77)
            let answer = try ApiVersionsResponse(from: &reader, version: 0)
            #expect(answer.errorCode == .unsupportedVersion)
            #expect(answer.apiKeys.contains { $0.apiKey == ApiKey.apiVersions.rawValue && $0.maxVersion >= 3 })
            #expect(reader.remaining == 0)
            // The connection is good for the next try.
            #expect(try connection.call(ApiVersionsRequest(), version: 0).errorCode == .none)
        }
    }

    @Test("what is offered is enough for today's clients")
    func offered() async throws {
        try await BrokerUnderTest.test { stage in
            let connection = try Connection(stage.client().bootstrap[0])
            for key in ApiKey.allCases { #expect(try connection.speaks(key), "\(key)") }
        }
    }

    @Test(
        "an unknown API or version ends in an answer or in the connection's end, at once",
        arguments: [(999, 0), (-1, 0), (0, 99), (1, -1), (3, 500), (11, 99), (22, 1000)] as [(Int16, Int16)])
    func unknown(key: Int16, version: Int16) async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let client = try stage.client()
            let connection = try Connection(client.bootstrap[0])
            var writer = WireWriter()
            writer.int32(0)
            writer.int16(key)
            writer.int16(version)
            writer.int32(5)
            writer.nullableString("odd", false)
            writer.raw([UInt8](repeating: 0, count: 40))
            writer.overwrite(int32: Int32(writer.count - 4), at: 0)
            try connection.socket.send(writer.bytes)
            do {
                var reader = WireReader(try connection.receiveFrame(within: .seconds(10)))
                #expect(try reader.int32() == 5)
            } catch let error as Disconnected {
                #expect(!error.isTimeout, "silence")
            }
            try client.write(["fine"], to: place)
        }
    }
}
