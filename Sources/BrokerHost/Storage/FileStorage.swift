public import BrokerCore
public import EventLog
internal import KafkaProtocol
public import Logging

/// Keeps logs in a directory: a folder for each partition, in it a file for each segment.
public final class FileStorage: LogStorage {
    /// Which broken ends of logs an earlier process can have left behind.
    public enum Tolerance: Hashable, Sendable {
        /// Of the last write alone: the process ended within it.
        case tornWrite
        /// Of whatever was not synced: the machine ended. What follows the first broken batch is cut off then.
        case lostPower
    }

    let directory: String
    let policy: SyncPolicy
    let tolerance: Tolerance
    let logger: Logger
    let descriptors: DescriptorCache
    var logs: [TopicPartition: FileLog] = [:]
    private var unsynced: [ObjectIdentifier: SegmentFile] = [:]
    private var generation: UInt64 = 0

    /// - Parameters:
    ///   - directory: made if it is missing.
    ///   - openFileLimit: how many segment files are open at a time.
    public init(
        directory: String, policy: SyncPolicy, tolerance: Tolerance = .tornWrite, openFileLimit: Int = 256,
        logger: Logger
    ) throws(StorageError) {
        try Directory.create(directory)
        self.directory = directory
        self.policy = policy
        self.tolerance = tolerance
        self.logger = logger
        descriptors = DescriptorCache(limit: openFileLimit, syncsOnClose: policy != .never)
    }

    public func createLog(_ place: TopicPartition) throws(StorageError) {
        guard logs[place] == nil else { return }
        let log = newLog(place)
        try Directory.create(log.folder)
        if policy != .never { try Directory.sync(directory) }
        logs[place] = log
    }

    func newLog(_ place: TopicPartition) -> FileLog {
        generation += 1
        return FileLog(place: place, folder: "\(directory)/\(LogFolder.name(of: place))", generation: generation)
    }

    public func deleteLog(_ place: TopicPartition) throws(StorageError) {
        guard let log = logs.removeValue(forKey: place) else { return }
        for segment in log.segments { forget(segment) }
        // Under another name first: a crash within must not leave a log with holes.
        let doomed = log.folder + LogFolder.deletedSuffix
        try Directory.removeTree(doomed)
        try Directory.rename(log.folder, to: doomed)
        try Directory.removeTree(doomed)
        if policy != .never { try Directory.sync(directory) }
    }

    public func append(_ batch: AppendAction, to place: TopicPartition) throws(StorageError) {
        let log = try log(place)
        let count = batch.bytes.count
        let segment: SegmentFile
        if let last = log.segments.last, !batch.startsSegment, last.index.canTake(batch.baseOffset, size: count) {
            segment = last
        } else {
            segment = SegmentFile(folder: log.folder, index: SegmentIndex(baseOffset: batch.baseOffset))
            _ = try descriptors.file(of: segment, .anew)
            log.segments.append(segment)
            if policy != .never { try Directory.sync(log.folder) }
        }
        try descriptors.file(of: segment).write(batch.bytes, at: segment.index.size)
        segment.index.append(batch.baseOffset, size: count)
        segment.isUnsynced = true
        unsynced[ObjectIdentifier(segment)] = segment
    }

    public func read(_ place: TopicPartition, _ offsets: Range<Int64>) throws(StorageError) -> [UInt8] {
        let log = try log(place)
        var bytes: [UInt8] = []
        var number = log.segmentNumber(of: offsets.lowerBound)
        while number < log.segments.count, log.segments[number].index.baseOffset < offsets.upperBound {
            let segment = log.segments[number]
            let index = segment.index
            number += 1
            let range = index.bytes(of: index.place(of: offsets.lowerBound)..<index.place(of: offsets.upperBound))
            guard !range.isEmpty else { continue }
            let part = try descriptors.file(of: segment).read(range.count, at: range.lowerBound)
            guard part.count == range.count else {
                throw StorageError(
                    .corrupt, "'\(segment.path)' ends before position \(range.upperBound), where batches were written")
            }
            if bytes.isEmpty { bytes = part } else { bytes += part }
        }
        return bytes
    }

    public func batch(_ place: TopicPartition, at baseOffset: Int64) throws(StorageError) -> [UInt8]? {
        let bytes = try read(place, baseOffset..<(baseOffset &+ 1))
        return bytes.isEmpty ? nil : bytes
    }

    public func deleteBatches(_ place: TopicPartition, below offset: Int64) throws(StorageError) {
        let log = try log(place)
        while let segment = log.segments.first, segment.index.lastBatchOffset ?? Int64.min < offset {
            log.segments.removeFirst()
            forget(segment)
            try Directory.removeFile(segment.path)
        }
        log.segments.first?.index.letGo(below: offset)
    }

    public func sync() throws(StorageError) {
        for segment in unsynced.values where segment.isUnsynced {
            try descriptors.file(of: segment).sync()
            segment.isUnsynced = false
        }
        unsynced.removeAll(keepingCapacity: true)
    }

    public func takeUnsynced() -> UnsyncedFiles? {
        let segments = unsynced.values.filter(\.isUnsynced)
        unsynced.removeAll(keepingCapacity: true)
        for segment in segments { segment.isUnsynced = false }
        let files = segments.compactMap(\.file)
        return files.isEmpty ? nil : UnsyncedFiles(files: files)
    }

    public var isUnsynced: Bool { !unsynced.isEmpty }

    func log(_ place: TopicPartition) throws(StorageError) -> FileLog {
        if let log = logs[place] { return log }
        throw StorageError(.missing, "there is no log \(place) in '\(directory)'")
    }

    /// Lets go of all that is kept for a segment file.
    func forget(_ segment: SegmentFile) {
        descriptors.close(segment)
        segment.isUnsynced = false
        unsynced[ObjectIdentifier(segment)] = nil
    }
}

/// One partition's segment files.
final class FileLog {
    let place: TopicPartition
    let folder: String
    /// Tells it from an earlier log of the same name.
    let generation: UInt64
    /// By base offset.
    var segments: [SegmentFile] = []

    init(place: TopicPartition, folder: String, generation: UInt64) {
        self.place = place
        self.folder = folder
        self.generation = generation
    }

    /// The segment in which a batch with this base offset would be: the last one that begins there or before, or else the
    /// first.
    func segmentNumber(of offset: Int64) -> Int {
        max(0, segments.firstIndexBySearch { $0.index.baseOffset > offset } - 1)
    }
}

/// Names of the partitions' folders: `<topic>-<partition>`.
enum LogFolder {
    static let deletedSuffix = ".deleted"

    static func name(of place: TopicPartition) -> String { "\(place.topic)-\(place.partition)" }

    /// The partition that a folder's name tells; nil when it is not the name of one.
    static func place(of name: String) -> TopicPartition? {
        guard let dash = name.lastIndex(of: "-"), let partition = Int32(name[name.index(after: dash)...]),
            partition >= 0, dash > name.startIndex
        else { return nil }
        let place = TopicPartition(topic: String(name[..<dash]), partition: partition)
        return self.name(of: place) == name ? place : nil
    }
}
