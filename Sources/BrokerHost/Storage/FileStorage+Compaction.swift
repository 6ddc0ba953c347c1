internal import BrokerCore
public import EventLog
internal import KafkaProtocol
internal import Synchronization

/// A segment as compaction has left it.
struct RewrittenSegment: Sendable {
    /// The file's name in the end.
    var path: String
    /// Where it lies until then; nothing lies there when no batch is left.
    var temporaryPath: String
    var index: SegmentIndex
}

extension FileStorage {
    public func snapshot(_ place: TopicPartition) throws(StorageError) -> any LogSnapshot {
        let log = try log(place)
        return FileSnapshot(
            place: place, generation: log.generation,
            segments: log.segments.map { FileSnapshot.Segment(path: $0.path, index: $0.index) })
    }

    public func install(_ rewrite: LogRewrite) throws(StorageError) -> Bool {
        guard case .segments(let rewritten) = rewrite.content else { return false }
        guard let log = logs[rewrite.place], log.generation == rewrite.generation else {
            // The folder may be gone as well, and another in its place.
            for segment in rewritten { try Directory.removeFile(segment.temporaryPath) }
            return false
        }
        for segment in rewritten { try install(segment, in: log) }
        if policy != .never { try Directory.sync(log.folder) }
        return true
    }

    private func install(_ rewritten: RewrittenSegment, in log: FileLog) throws(StorageError) {
        guard let number = log.segments.firstIndex(where: { $0.path == rewritten.path }) else {
            return try Directory.removeFile(rewritten.temporaryPath)
        }
        let segment = log.segments[number]
        var index = rewritten.index
        index.letGo(below: segment.index.firstBatchOffset ?? Int64.max)
        forget(segment)
        if index.isEmpty {
            log.segments.remove(at: number)
            try Directory.removeFile(rewritten.temporaryPath)
            return try Directory.removeFile(rewritten.path)
        }
        try Directory.rename(rewritten.temporaryPath, to: rewritten.path)
        segment.index = index
    }
}

/// Reads a log's files with descriptors of its own.
private final class FileSnapshot: LogSnapshot {
    struct Segment: Sendable {
        var path: String
        var index: SegmentIndex
    }

    /// The bytes around the last batch that was read: the next one asked for is most often the next one there is.
    private struct Window {
        var number = -1
        var file: OpenFile?
        var start = 0
        var bytes: [UInt8] = []
    }

    private static let windowSize = 1 << 20

    let place: TopicPartition
    let generation: UInt64
    let segments: [Segment]
    private let window = Mutex(Window())

    init(place: TopicPartition, generation: UInt64, segments: [Segment]) {
        self.place = place
        self.generation = generation
        self.segments = segments
    }

    func batch(at baseOffset: Int64) throws(StorageError) -> [UInt8]? {
        let number = segments.firstIndexBySearch { $0.index.baseOffset > baseOffset } - 1
        guard number >= 0, let place = segments[number].index.place(ofBatch: baseOffset) else { return nil }
        return try read(segments[number].index.bytes(of: place..<(place + 1)), in: number)
    }

    /// - Returns: nil when the file has been removed since.
    private func read(_ range: Range<Int>, in number: Int) throws(StorageError) -> [UInt8]? {
        try window.withLock { (window) throws(StorageError) -> [UInt8]? in
            if window.number != number {
                guard Directory.exists(segments[number].path) else { return nil }
                window = Window(number: number, file: try OpenFile(segments[number].path, .existing))
            }
            if range.lowerBound < window.start || range.upperBound > window.start + window.bytes.count {
                let size = segments[number].index.size
                let count = min(max(range.count, Self.windowSize), size - range.lowerBound)
                window.bytes = try window.file?.read(count, at: range.lowerBound) ?? []
                window.start = range.lowerBound
            }
            let start = range.lowerBound - window.start
            guard start + range.count <= window.bytes.count else {
                throw StorageError(.corrupt, "'\(segments[number].path)' ends before position \(range.upperBound)")
            }
            return Array(window.bytes[start..<(start + range.count)])
        }
    }

    func rewrite(_ result: CompactionResult) throws(StorageError) -> LogRewrite {
        var rewritten: [RewrittenSegment] = []
        var changes = result.changes[...]
        for (number, segment) in segments.enumerated() {
            let end = number + 1 < segments.count ? segments[number + 1].index.baseOffset : Int64.max
            let own = changes.prefix { $0.baseOffset < end }
            changes = changes.dropFirst(own.count)
            guard !own.isEmpty, Directory.exists(segment.path) else { continue }
            rewritten.append(try rewrite(segment, number, own))
        }
        return LogRewrite(place: place, generation: generation, content: .segments(rewritten))
    }

    private func rewrite(
        _ segment: Segment, _ number: Int, _ changes: ArraySlice<CompactionResult.Change>
    ) throws(StorageError) -> RewrittenSegment {
        let temporaryPath = segment.path + SegmentFile.rewriteSuffix
        let file = try OpenFile(temporaryPath, .anew)
        var index = SegmentIndex(baseOffset: segment.index.baseOffset)
        var fates = Dictionary(changes.map { ($0.baseOffset, $0.fate) }) { _, last in last }
        var pending: [UInt8] = []
        for place in segment.index.places {
            let offset = segment.index.offset(at: place)
            let bytes: [UInt8]
            switch fates.removeValue(forKey: offset) {
            case .remove: continue
            case .replace(let replacement): bytes = replacement
            case nil:
                guard let kept = try read(segment.index.bytes(of: place..<(place + 1)), in: number) else { continue }
                bytes = kept
            }
            pending += bytes
            index.append(offset, size: bytes.count)
            if pending.count >= Self.windowSize { try flush(&pending, file, index) }
        }
        try flush(&pending, file, index)
        try file.sync()
        return RewrittenSegment(path: segment.path, temporaryPath: temporaryPath, index: index)
    }

    private func flush(_ pending: inout [UInt8], _ file: OpenFile, _ index: SegmentIndex) throws(StorageError) {
        try file.write(pending, at: index.size - pending.count)
        pending.removeAll(keepingCapacity: true)
    }
}
