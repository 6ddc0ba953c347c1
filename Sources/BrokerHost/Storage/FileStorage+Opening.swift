public import EventLog
public import KafkaProtocol
internal import Logging

extension FileStorage {
    public func open(
        _ expected: [TopicPartition], restore: (StoredBatch, TopicPartition, _ startsSegment: Bool) -> Bool
    ) throws(StorageError) {
        try removeOrphans(keeping: Set(expected.map(LogFolder.name)))
        for place in expected {
            let log = newLog(place)
            try Directory.create(log.folder)
            try open(log, restore)
            logs[place] = log
        }
        if policy != .never { try Directory.sync(directory) }
    }

    /// Folders of logs that nobody knows of. Whatever else is in the directory stays.
    private func removeOrphans(keeping names: Set<String>) throws(StorageError) {
        for name in try Directory.names(in: directory) where !names.contains(name) {
            let isDoomed = name.hasSuffix(LogFolder.deletedSuffix)
            guard isDoomed || LogFolder.place(of: name) != nil else { continue }
            logger.info("removing the folder of a deleted partition", metadata: ["folder": "\(name)"])
            try Directory.removeTree("\(directory)/\(name)")
        }
    }

    private func open(
        _ log: FileLog, _ restore: (StoredBatch, TopicPartition, _ startsSegment: Bool) -> Bool
    ) throws(StorageError) {
        var offsets: [Int64] = []
        for name in try Directory.names(in: log.folder) {
            if name.hasSuffix(SegmentFile.rewriteSuffix) {
                try Directory.removeFile("\(log.folder)/\(name)")
            } else if let offset = SegmentFile.baseOffset(of: name) {
                offsets.append(offset)
            }
        }
        var nextOffset: Int64 = 0
        for (number, offset) in offsets.enumerated() {
            let segment = SegmentFile(folder: log.folder, index: SegmentIndex(baseOffset: offset))
            let isLast = number == offsets.count - 1
            guard offset >= nextOffset else {
                throw StorageError(
                    .corrupt, "'\(segment.path)' begins at offset \(offset), which the file before it has already")
            }
            let isWhole = try scan(segment, log, isLast: isLast, &nextOffset, restore)
            if segment.index.isEmpty {
                forget(segment)
                try Directory.removeFile(segment.path)
            } else {
                log.segments.append(segment)
            }
            guard isWhole || isLast else { return try dropFollowers(log, offsets[(number + 1)...]) }
        }
    }

    /// Reads a segment's batches and hands them out.
    ///
    /// - Returns: False when its end had to be cut off.
    private func scan(
        _ segment: SegmentFile, _ log: FileLog, isLast: Bool, _ nextOffset: inout Int64,
        _ restore: (StoredBatch, TopicPartition, _ startsSegment: Bool) -> Bool
    ) throws(StorageError) -> Bool {
        let file = try descriptors.file(of: segment)
        var scan = try SegmentScan(file, baseOffset: segment.index.baseOffset)
        var unwantedEnd: Int64?
        var startsSegment = true
        var end = nextOffset
        let state = try scan.run { batch, _ in
            segment.index.append(batch.header.baseOffset, size: batch.header.sizeInBytes)
            end = batch.header.lastOffset &+ 1
            if restore(batch, log.place, startsSegment) {
                startsSegment = false
            } else if startsSegment {
                unwantedEnd = end
            }
        }
        nextOffset = max(nextOffset, end)
        if let unwantedEnd { segment.index.letGo(below: unwantedEnd) }
        switch state {
        case .whole: return true
        case .torn(let position, let problem):
            guard isLast || tolerance == .lostPower else { throw corrupt(segment, position, problem) }
            try cut(segment, file, position, problem)
        case .broken(let position, let problem):
            guard tolerance == .lostPower else { throw corrupt(segment, position, problem) }
            try cut(segment, file, position, problem)
        }
        return false
    }

    private func cut(
        _ segment: SegmentFile, _ file: OpenFile, _ position: Int, _ problem: RecordBatchError
    ) throws(StorageError) {
        let size = try file.size()
        logger.warning(
            "the end of a log was cut short by a crash and is cut off",
            metadata: [
                "file": "\(segment.path)", "position": "\(position)", "bytes": "\(size - position)",
                "problem": "\(problem)",
            ])
        try file.truncate(to: position)
        try file.sync()
    }

    /// After a loss of power the log ends where its first broken batch was; what came behind can't be kept without a gap.
    private func dropFollowers(_ log: FileLog, _ offsets: ArraySlice<Int64>) throws(StorageError) {
        for offset in offsets {
            let path = "\(log.folder)/\(SegmentFile.name(of: offset))"
            logger.warning("a segment behind a lost one is removed", metadata: ["file": "\(path)"])
            try Directory.removeFile(path)
        }
    }

    private func corrupt(_ segment: SegmentFile, _ position: Int, _ problem: RecordBatchError) -> StorageError {
        StorageError(
            .corrupt,
            "'\(segment.path)' is broken at position \(position) (\(problem)), and good batches follow: no crash of this "
                + "program does that. Restore the directory from a copy, or delete it to start anew")
    }
}
