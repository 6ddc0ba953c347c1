internal import KafkaProtocol

/// Who leads a partition: one of a topic, or one of those by which Kafka says who coordinates what.
struct Lead: Hashable, Sendable {
    /// Where an epoch's first record stands, or would.
    struct EpochStart: Hashable, Sendable {
        var epoch: Int32
        var offset: Int64
    }

    /// Preferred leader first.
    var replicas: [Int32]
    /// Those that have all records, as far as the controller knows; never empty: the last one stays when it dies.
    var inSync: [Int32]
    /// nil while no replica that is in sync is up.
    var leader: Int32?
    /// Rises with each change of the leader.
    var epoch: Int32
    /// The epochs in which there may be records, in their order.
    private(set) var starts: [EpochStart] = []

    /// - Parameter now: What is there afterwards; nil for a new partition.
    init(_ entry: LeadJournalEntry, before: Lead?) {
        replicas = entry.replicas
        inSync = before?.inSync ?? entry.replicas
        leader = entry.leader
        epoch = entry.epoch
        // An epoch without a record is forgotten: Kafka asks for none of those.
        starts = (before?.starts ?? []).filter { $0.offset < entry.startOffset }
        starts.append(EpochStart(epoch: epoch, offset: entry.startOffset))
    }

    /// The epoch in which the record at the offset was written.
    func epoch(at offset: Int64) -> Int32 { starts.last { $0.offset <= offset }?.epoch ?? 0 }

    /// The last epoch up to that one which has records, and where the next one begins; the end is nil for the present one.
    func end(of epoch: Int32) -> (epoch: Int32, offset: Int64?)? {
        guard let index = starts.lastIndex(where: { $0.epoch <= epoch }) else { return nil }
        return (starts[index].epoch, index + 1 < starts.count ? starts[index + 1].offset : nil)
    }

    /// The shortest journal that says the same.
    var entries: [LeadJournalEntry] {
        starts.map {
            LeadJournalEntry(replicas: replicas, leader: leader, epoch: $0.epoch, startOffset: $0.offset)
        }
    }
}

/// Somebody leads a partition from here on. Who is in sync is not kept: when the broker starts all nodes are.
public struct LeadJournalEntry: Hashable, Sendable {
    public var replicas: [Int32]
    public var leader: Int32?
    public var epoch: Int32
    /// The log's end when the epoch began.
    public var startOffset: Int64

    /// The entry's bytes, in Kafka's flexible primitives.
    func write(to writer: inout WireWriter) {
        writer.array(replicas, true) { $0.int32($1) }
        writer.int32(leader ?? -1)
        writer.int32(epoch)
        writer.int64(startOffset)
    }

    /// Reads what `write` wrote, and nothing behind it.
    init(from reader: inout WireReader) throws(WireError) {
        replicas = try reader.array(true) { reader throws(WireError) in try reader.int32() }
        let leader = try reader.int32()
        self.leader = leader < 0 ? nil : leader
        epoch = try reader.int32()
        startOffset = try reader.int64()
    }

    public init(replicas: [Int32], leader: Int32?, epoch: Int32, startOffset: Int64) {
        self.replicas = replicas
        self.leader = leader
        self.epoch = epoch
        self.startOffset = startOffset
    }
}
