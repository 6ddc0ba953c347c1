/// What the broker decides about a batch when it is appended.
public struct BatchPlacement: Hashable, Sendable {
    public var baseOffset: Int64
    public var leaderEpoch: Int32
    public var timestampType: TimestampType
    public var maxTimestamp: Int64

    public init(baseOffset: Int64, leaderEpoch: Int32, timestampType: TimestampType, maxTimestamp: Int64) {
        self.baseOffset = baseOffset
        self.leaderEpoch = leaderEpoch
        self.timestampType = timestampType
        self.maxTimestamp = maxTimestamp
    }

    /// Writes the placement into the batch that begins at `position`.
    ///
    /// The base offset and the leader epoch lie outside of what the checksum covers: that is what lets a broker store a
    /// batch as it came. Only when the timestamps change is the checksum computed anew.
    ///
    /// - Throws: What reading the batch's header throws; the bytes are then unchanged.
    public func write(into bytes: inout [UInt8], at position: Int = 0) throws(RecordBatchError) {
        let header = try RecordBatchHeader(bytes, at: position)
        Self.write(UInt64(bitPattern: baseOffset), size: 8, into: &bytes, at: position)
        Self.write(UInt64(UInt32(bitPattern: leaderEpoch)), size: 4, into: &bytes, at: position + 12)
        var attributes = header.attributes
        attributes.timestampType = timestampType
        guard attributes != header.attributes || maxTimestamp != header.maxTimestamp else { return }
        Self.write(UInt64(UInt16(bitPattern: attributes.rawValue)), size: 2, into: &bytes, at: position + 21)
        Self.write(UInt64(bitPattern: maxTimestamp), size: 8, into: &bytes, at: position + 35)
        let range = (position + RecordBatchHeader.checksummedFrom)..<(position + header.sizeInBytes)
        Self.write(UInt64(CRC32C.checksum(bytes, range)), size: 4, into: &bytes, at: position + 17)
    }

    private static func write(_ value: UInt64, size: Int, into bytes: inout [UInt8], at position: Int) {
        for index in 0..<size {
            bytes[position + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (size - 1 - index)))
        }
    }
}
