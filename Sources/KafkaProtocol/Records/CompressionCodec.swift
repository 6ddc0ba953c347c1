/// How the records of a batch are packed: the low three bits of a batch's attributes (KIP-98, KIP-110).
public enum CompressionCodec: Int16, Hashable, Sendable, CaseIterable {
    case none = 0
    case gzip = 1
    case snappy = 2
    case lz4 = 3
    case zstd = 4
}

/// Unpacks a record section; nil when the codec is not offered or the bytes are not in its format.
///
/// An implementation limits what it unpacks: the bytes come from anyone.
public typealias Decompressor = (CompressionCodec, [UInt8]) -> [UInt8]?
