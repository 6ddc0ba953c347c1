internal import KafkaProtocol

/// What a log remembers of a stored batch: 56 bytes.
struct BatchEntry: Hashable, Sendable {
    struct Flags: OptionSet, Hashable, Sendable {
        var rawValue: UInt8

        static let transactional = Flags(rawValue: 1)
        static let control = Flags(rawValue: 2)
        /// A marker that aborts.
        static let abort = Flags(rawValue: 4)
    }

    var baseOffset: Int64
    var maxTimestamp: Int64
    /// The largest timestamp of this batch and all before it that are still there.
    var latestTimestamp: Int64
    /// The bytes of all batches before this one, since the index was built.
    var position: Int64
    var producerID: Int64
    var lastOffsetDelta: Int32
    var size: Int32
    /// How many records are left in it.
    var recordCount: Int32
    var producerEpoch: Int16
    var flags: Flags

    init(_ header: RecordBatchHeader, marker: EndTransactionMarker?) {
        baseOffset = header.baseOffset
        maxTimestamp = header.maxTimestamp
        latestTimestamp = header.maxTimestamp
        position = 0
        producerID = header.producerID
        lastOffsetDelta = header.lastOffsetDelta
        size = Int32(clamping: header.sizeInBytes)
        recordCount = header.recordCount
        producerEpoch = header.producerEpoch
        flags = []
        if header.attributes.isTransactional { flags.insert(.transactional) }
        if header.attributes.isControl { flags.insert(.control) }
        if marker?.result == .abort { flags.insert(.abort) }
    }

    var lastOffset: Int64 { baseOffset &+ Int64(lastOffsetDelta) }

    /// Whether its records are part of a transaction: a marker's are not.
    var isTransactionalData: Bool { flags.contains(.transactional) && !flags.contains(.control) }
}
