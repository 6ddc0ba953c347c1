import Foundation
import KafkaProtocol
import Testing

/// Bytes that another implementation wrote: kafka-python 3.0.12, from Apache Kafka's own message definitions.
///
/// Three lines for each version: what it is, its bytes, its values in the order of the wire (see `DescribingCoder`). Every
/// version of every message that is supported is there.
@Suite("Golden bytes") struct GoldenTests {
    struct Golden {
        var kind: Substring
        var version: Int16
        var bytes: [UInt8]
        var values: Substring
    }

    static func golden(_ name: String) throws -> [Golden] {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "txt", subdirectory: "Golden"))
        let lines = try String(contentsOf: url, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        return try stride(from: 0, to: lines.count - 2, by: 3).map { index in
            let title = lines[index].split(separator: " ")
            return Golden(
                kind: try #require(title.first), version: try #require(title.last.flatMap { Int16($0) }),
                bytes: try #require(bytes(hex: lines[index + 1])), values: lines[index + 2])
        }
    }

    static func bytes(hex: Substring) -> [UInt8]? {
        let digits = hex.compactMap { $0.hexDigitValue }
        guard digits.count == hex.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }

    @Test("What another implementation wrote is read, and written the same", arguments: ApiKey.allCases)
    func golden(key: ApiKey) throws {
        for type in Apis.messages where type.apiKey == key {
            let isRequest = type is any ApiRequest.Type
            let name = "\(type)".dropLast(isRequest ? "Request".count : "Response".count)
            let all = try Self.golden(String(name)).filter { $0.kind == (isRequest ? "Request" : "Response") }
            #expect(all.map(\.version) == Array(key.supportedVersions), "\(type)")
            for golden in all { try Self.check(type, golden) }
        }
    }

    private static func check<Message: ApiMessage>(_ type: Message.Type, _ golden: Golden) throws {
        let message = try Message(golden.bytes, version: golden.version)
        #expect(message.described(version: golden.version) == golden.values, "\(type) \(golden.version)")
        #expect(message.encoded(version: golden.version) == golden.bytes, "\(type) \(golden.version)")
    }
}
