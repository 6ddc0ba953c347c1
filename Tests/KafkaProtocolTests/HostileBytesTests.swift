import KafkaProtocol
import Testing

/// Whatever bytes come, they end in a value or in an error.
@Suite("Hostile bytes") struct HostileBytesTests {
    @Test("A message cut short is an error at every length", arguments: ApiKey.allCases) func truncated(key: ApiKey) {
        for type in Apis.messages where type.apiKey == key {
            for version in key.supportedVersions { Self.checkTruncation(type, version) }
        }
    }

    private static func checkTruncation<Message: ApiMessage>(_ type: Message.Type, _ version: Int16) {
        let bytes = Message.generated(version: version, seed: 3).encoded(version: version)
        for length in 0..<bytes.count {
            #expect(throws: WireError.self, "\(type) \(version) at \(length)") {
                try Message(Array(bytes[..<length]), version: version)
            }
        }
    }

    @Test("A message with wrong bytes is another message or an error", arguments: ApiKey.allCases)
    func mutated(key: ApiKey) throws {
        var random = SeededGenerator(seed: UInt64(key.rawValue))
        for type in Apis.messages where type.apiKey == key {
            for version in key.supportedVersions {
                for seed in 0..<40 { try Self.checkMutation(type, version, seed: UInt64(seed), &random) }
            }
        }
    }

    private static func checkMutation<Message: ApiMessage>(
        _ type: Message.Type, _ version: Int16, seed: UInt64, _ random: inout SeededGenerator
    ) throws {
        var bytes = Message.generated(version: version, seed: seed).encoded(version: version)
        for _ in 0..<(1 + random.below(4)) where !bytes.isEmpty {
            let extremes: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF]
            let byte =
                random.chance(1, of: 2) ? extremes[random.below(5)] : UInt8(truncatingIfNeeded: random.next())
            switch random.below(3) {
            case 0: bytes[random.below(bytes.count)] = byte
            case 1: bytes.insert(byte, at: random.below(bytes.count + 1))
            default: bytes.remove(at: random.below(bytes.count))
            }
        }
        guard let message = try? Message(bytes, version: version) else { return }
        // What was understood is understood again.
        let again = try Message(message.encoded(version: version), version: version)
        #expect(again == message, "\(type) \(version)")
    }

    @Test("Noise ends in an error, or in a request by chance") func noise() {
        var random = SeededGenerator(seed: 11)
        var understood = 0
        for round in 0..<20_000 {
            let key = ApiKey.allCases[round % ApiKey.allCases.count]
            let version = Int16(random.below(Int(key.supportedVersions.upperBound) + 1))
            var writer = WireWriter()
            // Most rounds get past the header.
            if round % 4 != 0 { RequestHeader(apiKey: key, apiVersion: version).encode(to: &writer) }
            for _ in 0..<random.below(40) {
                writer.int8(
                    random.chance(2, of: 3) ? Int8(random.below(3)) : Int8(truncatingIfNeeded: random.below(256)))
            }
            if (try? RequestFrame.decode(writer.bytes)) != nil { understood += 1 }
            _ = try? ResponseFrame.decode(writer.bytes, apiKey: key, version: version)
        }
        #expect(understood > 10)
        #expect(understood < 10_000)
    }

    @Test("Counts that the bytes don't back are refused at once") func counts() {
        let huge: [UInt8] = [0x7F, 0xFF, 0xFF, 0xFF]
        #expect(throws: WireError.truncated) { try MetadataRequest(huge, version: 1) }
        #expect(throws: WireError.truncated) { try MetadataRequest([0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0], version: 9) }
        #expect(throws: WireError.invalidVarint) { try MetadataRequest([0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0], version: 9) }
        #expect(throws: WireError.invalidLength(-2)) { try MetadataRequest([0xFF, 0xFF, 0xFF, 0xFE], version: 1) }
        #expect(throws: WireError.invalidLength(-1)) { try DeleteGroupsRequest([0xFF, 0xFF, 0xFF, 0xFF], version: 0) }
        // As many tagged fields as there can be.
        #expect(throws: WireError.truncated) {
            try DescribeClusterRequest([0, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], version: 0)
        }
    }
}
