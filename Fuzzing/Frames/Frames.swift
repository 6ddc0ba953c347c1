import KafkaProtocol

/// Requests and responses of the Kafka protocol from hostile bytes: an error, or a message that can be written and read
/// again. The first byte says which: 0 for a request's frame, others for a response to that API at the version of the
/// second byte.
enum Target: FuzzTarget {
    static func run(_ bytes: [UInt8]) {
        var input = FuzzBytes(bytes)
        let kind = input.byte()
        if kind == 0 { return request(input.rest()) }
        let key = ApiKey.allCases[Int(kind - 1) % ApiKey.allCases.count]
        let versions = key.supportedVersions
        // ApiVersions is also answered at versions that are not known.
        let version = versions.lowerBound + Int16(input.byte()) % Int16(versions.count)
        response(input.rest(), key, version)
    }

    private static func request(_ bytes: [UInt8]) {
        guard let frame = try? RequestFrame.decode(bytes) else { return }
        // A newer ApiVersions request is not read.
        guard frame.header.isSupported else { return }
        let written = frame.encoded()
        guard let again = try? RequestFrame.decode(Array(written.dropFirst(4))) else {
            finding("what was written can't be read: \(frame)")
        }
        expect(again == frame, "read \(again) for \(frame)")
        expect(again.encoded() == written, "written otherwise: \(frame)")
    }

    private static func response(_ bytes: [UInt8], _ key: ApiKey, _ version: Int16) {
        guard let frame = try? ResponseFrame.decode(bytes, apiKey: key, version: version) else { return }
        expect(frame.response.apiKey == key, "\(frame) for \(key)")
        var written = version
        if case .apiVersions(let response) = frame.response, response.errorCode == .unsupportedVersion { written = 0 }
        let encoded = frame.encoded(version: written)
        guard
            let again = try? ResponseFrame.decode(Array(encoded.dropFirst(4)), apiKey: key, version: version)
        else { finding("what was written can't be read: \(frame)") }
        expect(again == frame, "read \(again) for \(frame)")
        expect(again.encoded(version: written) == encoded, "written otherwise: \(frame)")
    }

    static func seeds() throws -> [[UInt8]] {
        var seeds: [[UInt8]] = []
        for message in try GoldenFiles.messages() {
            guard let number = ApiKey.allCases.firstIndex(where: { "\($0)".lowercased() == message.name.lowercased() })
            else { finding("no API has the name \(message.name)") }
            let key = ApiKey.allCases[number]
            var writer = WireWriter()
            if message.isRequest {
                writer.int8(0)
                RequestHeader(apiKey: key, apiVersion: message.version, correlationID: 1, clientID: "c").encode(
                    to: &writer)
            } else {
                writer.int8(Int8(number + 1))
                writer.int8(Int8(message.version - key.supportedVersions.lowerBound))
                ResponseHeader(correlationID: 1).encode(to: &writer, apiKey: key, version: message.version)
            }
            seeds.append(writer.bytes + message.bytes)
        }
        return seeds
    }
}
