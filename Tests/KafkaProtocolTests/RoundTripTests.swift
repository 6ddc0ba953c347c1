import KafkaProtocol
import Testing

/// What is written can be read again, in every version of every message.
@Suite("Round trips") struct RoundTripTests {
    @Test("Everything is in the list of these tests") func everyApi() {
        #expect(Set(Apis.requests.map { $0.apiKey }) == Set(ApiKey.allCases))
        for request in Apis.requests { #expect(Apis.response(request).apiKey == request.apiKey) }
    }

    @Test("Messages come back as they were", arguments: ApiKey.allCases) func messages(key: ApiKey) throws {
        for type in Apis.messages where type.apiKey == key {
            for version in key.supportedVersions {
                for seed in 0..<25 { try Self.check(type, version, seed: UInt64(seed)) }
            }
        }
    }

    private static func check<Message: ApiMessage>(_ type: Message.Type, _ version: Int16, seed: UInt64) throws {
        let message = Message.generated(version: version, seed: seed)
        let bytes = message.encoded(version: version)
        let decoded = try Message(bytes, version: version)
        #expect(decoded == message, "\(type) \(version), seed \(seed)")
        #expect(decoded.encoded(version: version) == bytes, "\(type) \(version), seed \(seed)")
    }

    @Test("Frames come back as they were", arguments: ApiKey.allCases) func frames(key: ApiKey) throws {
        for type in Apis.requests where type.apiKey == key {
            for version in key.supportedVersions { try Self.checkFrames(type, version) }
        }
    }

    private static func checkFrames<Request: ApiRequest>(_ type: Request.Type, _ version: Int16) throws {
        let key = type.apiKey
        var reader = WireReader(Request.generated(version: version, seed: 1).encoded(version: version))
        let request = try AnyRequest(key, from: &reader, version: version)
        #expect(request.apiKey == key)
        let header = RequestHeader(
            apiKey: key, apiVersion: version, correlationID: 7 + Int32(version), clientID: version == 0 ? nil : "tests")
        let frame = RequestFrame(header: header, request: request)
        #expect(try RequestFrame.decode(content(frame.encoded())) == frame)

        reader = WireReader(Request.Response.generated(version: version, seed: 2).encoded(version: version))
        let response = try AnyResponse(key, from: &reader, version: version)
        #expect(response.apiKey == key)
        let answer = ResponseFrame(correlationID: header.correlationID, response: response)
        let bytes = try content(answer.encoded(version: version))
        #expect(try ResponseFrame.decode(bytes, apiKey: key, version: version) == answer)
    }

    /// A frame without its length, which is checked.
    private static func content(_ frame: [UInt8]) throws -> [UInt8] {
        var reader = WireReader(frame)
        #expect(try Int(reader.int32()) == frame.count - 4)
        return Array(frame.dropFirst(4))
    }
}
