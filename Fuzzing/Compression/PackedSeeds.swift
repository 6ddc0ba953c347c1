import Foundation
import KafkaProtocol

@testable import BrokerHost

/// The packed samples of the tests, each for its codec.
enum PackedSeeds {
    static func all() throws -> [[UInt8]] {
        let samples: [(CompressionCodec, String)] = [
            (.gzip, PackedSamples.gzip), (.zstd, PackedSamples.zstandard), (.zstd, PackedSamples.zstandardFrames),
            (.zstd, PackedSamples.zstandardBomb), (.lz4, PackedSamples.lz4), (.lz4, PackedSamples.lz4Linked),
            (.snappy, PackedSamples.snappy), (.snappy, PackedSamples.snappyXerial),
        ]
        return samples.compactMap { codec, text in
            guard let data = Data(base64Encoded: text), let number = CompressionCodec.allCases.firstIndex(of: codec)
            else { return nil }
            return [UInt8(0x80 + number)] + Array(data)
        }
    }
}
