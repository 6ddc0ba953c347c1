/// Whose clock the timestamps of a batch are from (KIP-32).
public enum TimestampType: Hashable, Sendable {
    /// The producer's.
    case createTime
    /// The broker's; each record then has the batch's max timestamp.
    case logAppendTime
}

/// The attributes of a record batch (the protocol guide, "Record Batch"; bit 6 is KIP-534's).
public struct BatchAttributes: RawRepresentable, Hashable, Sendable {
    public var rawValue: Int16

    public init(rawValue: Int16) { self.rawValue = rawValue }

    public init(
        codec: CompressionCodec = .none, timestampType: TimestampType = .createTime, isTransactional: Bool = false,
        isControl: Bool = false, hasDeleteHorizon: Bool = false
    ) {
        rawValue = codec.rawValue
        self.timestampType = timestampType
        self.isTransactional = isTransactional
        self.isControl = isControl
        self.hasDeleteHorizon = hasDeleteHorizon
    }

    /// Nil when the three bits name no codec.
    public var codec: CompressionCodec? { CompressionCodec(rawValue: rawValue & 0x07) }

    /// The three bits that say which codec.
    public var codecBits: Int16 { rawValue & 0x07 }

    public var timestampType: TimestampType {
        get { self[bit: 0x08] ? .logAppendTime : .createTime }
        set {
            switch newValue {
            case .createTime: self[bit: 0x08] = false
            case .logAppendTime: self[bit: 0x08] = true
            }
        }
    }

    public var isTransactional: Bool {
        get { self[bit: 0x10] }
        set { self[bit: 0x10] = newValue }
    }

    public var isControl: Bool {
        get { self[bit: 0x20] }
        set { self[bit: 0x20] = newValue }
    }

    /// The base timestamp is the time from which tombstones and markers in the batch may go (KIP-534).
    public var hasDeleteHorizon: Bool {
        get { self[bit: 0x40] }
        set { self[bit: 0x40] = newValue }
    }

    private subscript(bit mask: Int16) -> Bool {
        get { rawValue & mask != 0 }
        set { rawValue = newValue ? rawValue | mask : rawValue & ~mask }
    }
}
