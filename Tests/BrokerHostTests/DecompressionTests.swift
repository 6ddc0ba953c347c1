import CCompression
import Foundation
import KafkaProtocol
import Testing

@testable import BrokerHost

@Suite struct DecompressionTests {
    private static let text = Array(
        String(repeating: "the quick brown fox jumps over the lazy dog; ", count: 8).utf8)

    private static func bytes(_ base64: String) throws -> [UInt8] {
        Array(try #require(Data(base64Encoded: base64)))
    }

    private static let samples: [(CompressionCodec, String)] = [
        (.gzip, PackedSamples.gzip), (.zstd, PackedSamples.zstandard), (.zstd, PackedSamples.zstandardFrames),
        (.lz4, PackedSamples.lz4), (.lz4, PackedSamples.lz4Linked), (.snappy, PackedSamples.snappy),
        (.snappy, PackedSamples.snappyXerial),
    ]

    @Test(arguments: 0..<7) func whatOthersPackedIsUnpacked(_ number: Int) throws {
        let (codec, sample) = Self.samples[number]
        #expect(Decompression.unpack(codec, try Self.bytes(sample)) == Self.text)
    }

    @Test(arguments: 0..<7) func whatIsCutOrBrokenIsRefused(_ number: Int) throws {
        let (codec, sample) = Self.samples[number]
        let packed = try Self.bytes(sample)
        for end in 0..<packed.count where Decompression.unpack(codec, Array(packed[..<end])) == Self.text {
            Issue.record("\(codec) is whole after \(end) of \(packed.count) bytes")
        }
        // Whatever is flipped, nothing but nil or some bytes may come of it.
        for position in packed.indices {
            var broken = packed
            broken[position] ^= 0xFF
            _ = Decompression.unpack(codec, broken, limit: 1 << 20)
        }
    }

    @Test(arguments: CompressionCodec.allCases) func emptyIsNothing(_ codec: CompressionCodec) {
        #expect(Decompression.unpack(codec, []) == (codec == .none ? [] : nil))
    }

    @Test(arguments: 0..<7) func theLimitHolds(_ number: Int) throws {
        let (codec, sample) = Self.samples[number]
        let packed = try Self.bytes(sample)
        #expect(Decompression.unpack(codec, packed, limit: Self.text.count) == Self.text)
        #expect(Decompression.unpack(codec, packed, limit: Self.text.count - 1) == nil)
    }

    @Test func aBombIsStoppedAtTheLimit() throws {
        let bomb = try Self.bytes(PackedSamples.zstandardBomb)
        #expect(bomb.count < 2_000)
        #expect(Decompression.unpack(.zstd, bomb, limit: 1 << 20) == nil)
        #expect(Decompression.unpack(.zstd, bomb)?.count == 10_000_000)
        // A raw block that says it has two gigabytes.
        #expect(Decompression.unpack(.snappy, [0x80, 0x80, 0x80, 0x80, 0x08, 0x00]) == nil)
        #expect(Decompression.unpack(.none, [1, 2, 3], limit: 2) == nil)
    }

    @Test func largeContentIsUnpackedInSteps() throws {
        var draws = Draws(seed: 4)
        let large = (0..<500_000).map { _ in UInt8(draws.below(7)) }
        var stream = unsafe z_stream()
        #expect(unsafe soleholder_deflate_begin_gzip(&stream) == Z_OK)
        var input = large
        var packed = [UInt8](repeating: 0, count: large.count)
        let count = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe packed.withUnsafeMutableBufferPointer { output in
                unsafe stream.next_in = input.baseAddress
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(output.count)
                unsafe deflate(&stream, Z_FINISH)
                return unsafe Int(stream.total_out)
            }
        }
        unsafe deflateEnd(&stream)
        #expect(Decompression.unpack(.gzip, Array(packed[..<count])) == large)
    }
}
