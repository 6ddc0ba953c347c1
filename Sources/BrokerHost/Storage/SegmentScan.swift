internal import KafkaProtocol

/// Reads a segment file from its beginning, batch by batch, and checks each.
struct SegmentScan {
    /// How a file ends.
    enum End: Hashable {
        /// Behind its last batch.
        case whole
        /// What begins at the position is not a batch, and no batch follows: a write was cut short.
        case torn(at: Int, RecordBatchError)
        /// What begins at the position is not a batch, but batches follow.
        case broken(at: Int, RecordBatchError)
    }

    private static let window = 4 << 20

    private let file: OpenFile
    private let size: Int
    private var position = 0
    /// The offset that the next batch must have at least.
    private var nextOffset: Int64
    private var buffer: [UInt8] = []
    private var bufferStart = 0

    init(_ file: OpenFile, baseOffset: Int64) throws(StorageError) {
        self.file = file
        size = try file.size()
        nextOffset = baseOffset
    }

    /// Hands out the batches with their positions and tells how the file ends.
    mutating func run(_ take: (StoredBatch, _ position: Int) -> Void) throws(StorageError) -> End {
        while position < size {
            let problem: RecordBatchError
            do throws(BatchProblem) {
                let batch = try batch(at: position)
                take(batch, position)
                nextOffset = batch.header.lastOffset &+ 1
                position += batch.header.sizeInBytes
                continue
            } catch {
                switch error {
                case .storage(let error): throw error
                case .batch(let error): problem = error
                }
            }
            return try isFollowedByBatch() ? .broken(at: position, problem) : .torn(at: position, problem)
        }
        return .whole
    }

    private enum BatchProblem: Error {
        case batch(RecordBatchError)
        case storage(StorageError)
    }

    private mutating func batch(at position: Int) throws(BatchProblem) -> StoredBatch {
        try load(position, RecordBatchHeader.size)
        do {
            let header = try RecordBatchHeader.parse(buffer, at: position - bufferStart)
            guard header.sizeInBytes <= size - position else { throw RecordBatchError.truncated }
            // The checksum does not cover the offset.
            guard header.baseOffset >= nextOffset, header.lastOffset >= header.baseOffset else {
                throw RecordBatchError.unexpectedBaseOffset(header.baseOffset)
            }
            try load(position, header.sizeInBytes)
            return try StoredBatch(stored: buffer, at: position - bufferStart)
        } catch let error as RecordBatchError {
            throw .batch(error)
        } catch let error as BatchProblem {
            throw error
        } catch { throw .batch(.truncated) }
    }

    /// Makes the buffer hold so many bytes from a position on, as far as the file has them.
    private mutating func load(_ position: Int, _ count: Int) throws(BatchProblem) {
        if position >= bufferStart, position + count <= bufferStart + buffer.count { return }
        if position >= bufferStart, bufferStart + buffer.count == size { return }
        do { buffer = try file.read(min(max(count, Self.window), size - position), at: position) } catch {
            throw .storage(error)
        }
        bufferStart = position
    }

    /// Whether a good batch begins somewhere behind the position. What a client stored may look like a batch, but has no
    /// offset that fits.
    private mutating func isFollowedByBatch() throws(StorageError) -> Bool {
        var candidate = position + 1
        while candidate + RecordBatchHeader.size <= size {
            do throws(BatchProblem) {
                try load(candidate, RecordBatchHeader.size)
                // Cheap to look at, and wrong nearly everywhere.
                if buffer[candidate - bufferStart + 16] == UInt8(RecordBatchHeader.magic) {
                    _ = try batch(at: candidate)
                    return true
                }
            } catch {
                if case .storage(let error) = error { throw error }
            }
            candidate += 1
        }
        return false
    }
}
