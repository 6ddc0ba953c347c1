import KafkaProtocol

/// Batches that an independent implementation (kafka-python 3.0) wrote, and what is in them.
enum GoldenBatch {
    /// Three records: key and value; no key, two headers, the second null; a tombstone with an earlier timestamp.
    static let plain = bytes(
        """
        00000000000000000000005c0000000002f466a2870000000000020000018bcfe568000000018bcfe5687bffffffffffffffffffffffffff
        ff000000031c000000066b65790a76616c7565002400f60102010476320404683102780468320110001304046b330100
        """)

    /// Two records of a transaction of producer 4242, epoch 7; the first has the last sequence before the turn.
    static let idempotent = bytes(
        """
        0000000000000000000000430000000002dbda94930010000000010000018bcfe568000000018bcfe56801000000000000109200077fffff
        ff00000002100000000261023100100002020262023200
        """)

    /// Four records, packed with gzip.
    static let gzip = bytes(
        """
        000000000000000000000073000000000292e80db20001000000030000018bcfe568000000018bcfe56800ffffffffffffffffffffffffff
        ff000000041f8b080097a8056b02ff3360606060c93650284ecc4d55284bcc294d55484c4fcccc633060606062c936c42ac1c2926d845582
        8d25db18530200e16fe15b64000000
        """)

    /// The commit of producer 4242, epoch 7, coordinator epoch 9, at offset 77 (written field by field in Python).
    static let commit = bytes(
        """
        000000000000004d000000420000000002e314eb360030000000000000018bcfe568000000018bcfe5680000000000000010920007ffffff
        ff000000012000000008000000010c00000000000900
        """)

    static let plainRecords = [
        BatchRecord(offset: 0, timestamp: 1_700_000_000_000, key: Array("key".utf8), value: Array("value".utf8)),
        BatchRecord(
            offset: 1, timestamp: 1_700_000_000_123, key: nil, value: Array("v2".utf8),
            headers: [
                BatchRecordHeader(name: Array("h1".utf8), value: Array("x".utf8)),
                BatchRecordHeader(name: Array("h2".utf8), value: nil),
            ]),
        BatchRecord(offset: 2, timestamp: 1_699_999_999_990, key: Array("k3".utf8), value: nil),
    ]

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap { character in character.hexDigitValue.map { UInt8($0) } }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

/// SplitMix64, so that a seed gives the same draws for ever.
struct RecordDraws {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, and without, `bound`.
    mutating func below(_ bound: Int) -> Int { bound < 2 ? 0 : Int(next() % UInt64(bound)) }

    mutating func bytes(upTo count: Int) -> [UInt8] {
        (0..<below(count + 1)).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
