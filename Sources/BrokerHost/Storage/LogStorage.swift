public import BrokerCore
public import EventLog
public import KafkaProtocol

/// Keeps the bytes of the partitions' logs. Confined to one thread.
///
/// What is appended is there for reading at once, and survives the end of the process; `sync` makes it survive the end of
/// the machine.
///
/// Life: `open` tells what is there and hands out every batch, then the rest may be called.
public protocol LogStorage: AnyObject {
    /// Finds what an earlier process left.
    ///
    /// - Parameters:
    ///   - expected: The logs that there should be, in the order in which their batches are handed out. Others are
    ///     removed: their topics were deleted, or never finished being made.
    ///   - restore: Takes a batch up; `startsSegment` is true for the first one of each segment. It answers false for a
    ///     batch that is not wanted any more.
    /// - Throws: `StorageError`; `.corrupt` when something is broken that is not the torn end of a log.
    func open(
        _ expected: [TopicPartition], restore: (StoredBatch, TopicPartition, _ startsSegment: Bool) -> Bool
    ) throws(StorageError)

    /// Makes an empty log; nothing happens when there is one already.
    func createLog(_ place: TopicPartition) throws(StorageError)

    /// Removes a log with all of its batches.
    func deleteLog(_ place: TopicPartition) throws(StorageError)

    /// Adds one whole batch behind those that are there.
    func append(_ batch: AppendAction, to place: TopicPartition) throws(StorageError)

    /// The bytes of the batches whose base offsets are in the range, one after the other, as they are.
    func read(_ place: TopicPartition, _ offsets: Range<Int64>) throws(StorageError) -> [UInt8]

    /// The bytes of the batch with this base offset; nil when there is none.
    func batch(_ place: TopicPartition, at baseOffset: Int64) throws(StorageError) -> [UInt8]?

    /// Lets go of the batches with base offsets below this one.
    func deleteBatches(_ place: TopicPartition, below offset: Int64) throws(StorageError)

    /// The log as it is now, to be compacted on another thread.
    func snapshot(_ place: TopicPartition) throws(StorageError) -> any LogSnapshot

    /// Puts what compaction made in the place of what was there. Batches that have gone since the snapshot was taken stay
    /// gone.
    ///
    /// - Returns: False for a log that was deleted since then.
    func install(_ rewrite: LogRewrite) throws(StorageError) -> Bool

    /// Waits until all that was written has reached the device.
    func sync() throws(StorageError)

    /// What `sync` would wait for, to be waited for on another thread; nil when there is nothing.
    func takeUnsynced() -> UnsyncedFiles?

    /// Whether something was written since the last `sync`.
    var isUnsynced: Bool { get }
}

/// A log as it was at a moment. May be used on any thread, one at a time.
public protocol LogSnapshot: Sendable {
    /// The bytes of the batch with this base offset; nil when there is none.
    func batch(at baseOffset: Int64) throws(StorageError) -> [UInt8]?

    /// Does the slow part of taking over what compaction found: what it writes is not looked at before
    /// `LogStorage.install`.
    func rewrite(_ result: CompactionResult) throws(StorageError) -> LogRewrite
}

/// What compaction made of a log, ready to be put in its place.
public struct LogRewrite: Sendable {
    var place: TopicPartition
    /// Which of the logs that had this name, one after the other.
    var generation: UInt64
    var content: Content

    enum Content: Sendable {
        case changes([CompactionResult.Change])
        case segments([RewrittenSegment])
    }
}

/// Files with content that may not have reached the device.
public struct UnsyncedFiles: Sendable {
    let files: [OpenFile]

    /// Waits until it has.
    public func sync() throws(StorageError) {
        for file in files { try file.sync() }
    }
}
