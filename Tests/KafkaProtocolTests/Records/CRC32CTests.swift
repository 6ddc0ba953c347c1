import KafkaProtocol
import Testing

@Suite struct CRC32CTests {
    private static let vectors: [(bytes: [UInt8], checksum: UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        ([UInt8](0..<32), 0x46DD_794E),
        (Array("123456789".utf8), 0xE306_9283),
        ([], 0),
    ]

    @Test(arguments: vectors)
    func theStandardsVectors(_ bytes: [UInt8], _ expected: UInt32) {
        #expect(CRC32C.checksum(bytes) == expected)
    }

    @Test func eightAtATimeEqualsBitByBit() {
        var draws = RecordDraws(seed: 1)
        for _ in 0..<300 {
            let bytes = draws.bytes(upTo: 70)
            let start = draws.below(bytes.count + 1)
            let range = start..<(start + draws.below(bytes.count - start + 1))
            #expect(CRC32C.checksum(bytes, range) == bitByBit(bytes[range]))
        }
    }

    @Test func aRangeOutsideOfTheBytesIsCut() {
        #expect(CRC32C.checksum([1, 2, 3], 1..<900) == CRC32C.checksum([2, 3]))
        #expect(CRC32C.checksum([1, 2, 3], 7..<9) == 0)
    }

    private func bitByBit(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0x82F6_3B78 : crc >> 1 }
        }
        return ~crc
    }
}
