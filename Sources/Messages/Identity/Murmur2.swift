/// The placing of keys by Kafka's Java client, so that every client can be configured to agree (librdkafka:
/// `partitioner=murmur2_random`). Source: Austin Appleby's MurmurHash2 with the seed and the sign mask that
/// Apache Kafka's default partitioner uses.
public enum Murmur2 {
    public static func hash(_ data: some Collection<UInt8>) -> UInt32 {
        let bytes = Array(data)
        let multiplier: UInt32 = 0x5bd1_e995
        var hash: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: bytes.count)
        var index = 0
        while index + 4 <= bytes.count {
            var word =
                UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
                | UInt32(bytes[index + 3]) << 24
            word = word &* multiplier
            word ^= word >> 24
            word = word &* multiplier
            hash = hash &* multiplier ^ word
            index += 4
        }
        let rest = bytes.count - index
        if rest > 2 { hash ^= UInt32(bytes[index + 2]) << 16 }
        if rest > 1 { hash ^= UInt32(bytes[index + 1]) << 8 }
        if rest > 0 {
            hash ^= UInt32(bytes[index])
            hash = hash &* multiplier
        }
        hash ^= hash >> 13
        hash = hash &* multiplier
        hash ^= hash >> 15
        return hash
    }

    /// The partition of a key among `count` partitions.
    public static func partition(of key: some Collection<UInt8>, count: Int32) -> Int32 {
        Int32(hash(key) & 0x7fff_ffff) % count
    }
}
