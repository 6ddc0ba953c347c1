import KafkaProtocol

@testable import BrokerHost

/// Unpacking what producers packed: whatever comes, no more bytes than allowed. The first byte says the codec and the
/// limit.
enum Target: FuzzTarget {
    static func run(_ bytes: [UInt8]) {
        var input = FuzzBytes(bytes)
        let choice = input.byte()
        let codec = CompressionCodec.allCases[Int(choice & 0x0F) % CompressionCodec.allCases.count]
        let limit = 1 << Int(choice >> 4 + 4)
        let packed = input.rest()
        guard let unpacked = Decompression.unpack(codec, packed, limit: limit) else { return }
        expect(unpacked.count <= limit, "\(unpacked.count) of \(limit) bytes from \(codec)")
        expect(Decompression.unpack(codec, packed, limit: unpacked.count) == unpacked, "another result from \(codec)")
        guard !unpacked.isEmpty else { return }
        expect(Decompression.unpack(codec, packed, limit: unpacked.count - 1) == nil, "beyond the limit from \(codec)")
    }

    static func seeds() throws -> [[UInt8]] { try PackedSeeds.all() }
}
