internal import KafkaProtocol

/// Where the batches of a segment file lie. Eight bytes each.
struct SegmentIndex: Sendable {
    private struct Entry {
        /// Relative to the segment's base offset.
        var offset: UInt32
        var position: UInt32
    }

    let baseOffset: Int64
    private var entries: [Entry] = []
    /// The file's bytes: where the next batch goes.
    private(set) var size = 0
    /// The batches before this one were let go, though their bytes are still there.
    private(set) var first = 0

    init(baseOffset: Int64) { self.baseOffset = baseOffset }

    /// The places of the batches that were not let go.
    var places: Range<Int> { first..<entries.count }
    var isEmpty: Bool { first == entries.count }
    var lastBatchOffset: Int64? { isEmpty ? nil : offset(at: entries.count - 1) }
    var firstBatchOffset: Int64? { isEmpty ? nil : offset(at: first) }

    func offset(at place: Int) -> Int64 { baseOffset &+ Int64(entries[place].offset) }

    /// Where the batches of some places lie in the file.
    func bytes(of places: Range<Int>) -> Range<Int> {
        guard !places.isEmpty else { return 0..<0 }
        let end = places.upperBound < entries.count ? Int(entries[places.upperBound].position) : size
        return Int(entries[places.lowerBound].position)..<end
    }

    /// The place of the first batch, of those that were not let go, whose base offset is not below the offset.
    func place(of offset: Int64) -> Int {
        entries[first...].firstIndexBySearch { baseOffset &+ Int64($0.offset) >= offset }
    }

    /// The place of the batch with exactly this base offset.
    func place(ofBatch offset: Int64) -> Int? {
        let place = place(of: offset)
        return place < entries.count && self.offset(at: place) == offset ? place : nil
    }

    /// Whether a batch's offset and position can be noted here.
    func canTake(_ offset: Int64, size added: Int) -> Bool {
        let (distance, overflow) = offset.subtractingReportingOverflow(baseOffset)
        return !overflow && (0...Int64(UInt32.max)).contains(distance) && size + added <= Int(UInt32.max)
    }

    /// Notes a batch at the end. Only one that `canTake` takes.
    mutating func append(_ offset: Int64, size added: Int) {
        entries.append(
            Entry(
                offset: UInt32(truncatingIfNeeded: offset &- baseOffset), position: UInt32(truncatingIfNeeded: size)))
        size += added
    }

    mutating func letGo(below offset: Int64) { first = place(of: offset) }
}

/// A file that holds a part of a log: batches one after the other, as they go over the wire. Its name is the offset from
/// which on it holds them, in twenty digits.
final class SegmentFile {
    static let suffix = ".log"
    /// What compaction is writing; worth nothing after a crash.
    static let rewriteSuffix = ".compacting"

    let path: String
    var index: SegmentIndex
    /// Whether bytes may not have reached the device.
    var isUnsynced = false
    /// Nil while it is closed to save descriptors.
    var file: OpenFile?
    var lastUse: UInt64 = 0

    init(folder: String, index: SegmentIndex) {
        path = "\(folder)/\(Self.name(of: index.baseOffset))"
        self.index = index
    }

    static func name(of baseOffset: Int64) -> String {
        let digits = String(max(0, baseOffset))
        return String(repeating: "0", count: 20 - digits.count) + digits + suffix
    }

    /// The base offset that a file's name tells; nil when it is not a segment's name.
    static func baseOffset(of name: String) -> Int64? {
        guard name.utf8.count == 20 + suffix.utf8.count, name.hasSuffix(suffix) else { return nil }
        let digits = name.prefix(20)
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int64(digits)
    }
}

/// Keeps the number of open segment files within a limit: what was not used for longest is closed.
final class DescriptorCache {
    private let limit: Int
    private let syncsOnClose: Bool
    private var open: [ObjectIdentifier: SegmentFile] = [:]
    private var clock: UInt64 = 0

    init(limit: Int, syncsOnClose: Bool) {
        self.limit = max(1, limit)
        self.syncsOnClose = syncsOnClose
    }

    var openCount: Int { open.count }

    func file(of segment: SegmentFile, _ creation: OpenFile.Creation = .existing) throws(StorageError) -> OpenFile {
        clock += 1
        segment.lastUse = clock
        if let file = segment.file { return file }
        if open.count >= limit { try closeOldest() }
        let file = try OpenFile(segment.path, creation)
        segment.file = file
        open[ObjectIdentifier(segment)] = segment
        return file
    }

    private func closeOldest() throws(StorageError) {
        guard let oldest = open.values.min(by: { $0.lastUse < $1.lastUse }) else { return }
        // A later descriptor need not hear of a write that fails now.
        if oldest.isUnsynced, syncsOnClose, let file = oldest.file {
            try file.sync()
            oldest.isUnsynced = false
        }
        close(oldest)
    }

    func close(_ segment: SegmentFile) {
        segment.file = nil
        open[ObjectIdentifier(segment)] = nil
    }
}
