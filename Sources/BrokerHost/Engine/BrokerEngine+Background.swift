internal import BrokerCore
internal import EventLog
internal import KafkaProtocol
internal import Logging
public import NIOCore
internal import NIOPosix

extension BrokerEngine {
    /// Compaction passes run one after the other, on another thread.
    func planCompaction(of place: TopicPartition, _ task: CompactionTask) {
        compactions.append((place, task))
        startCompaction()
    }

    private func startCompaction() {
        guard !isCompacting, failure == nil, !compactions.isEmpty else { return }
        let (place, task) = compactions.removeFirst()
        let snapshot: any LogSnapshot
        do throws(StorageError) { snapshot = try storage.snapshot(place) } catch {
            // Deleted since.
            broker.compactionFailed(place)
            return startCompaction()
        }
        isCompacting = true
        threads.runIfActive(eventLoop: loop) { try Self.compact(snapshot, task) }.assumeIsolated()
            .whenComplete { [self] outcome in
                isCompacting = false
                guard failure == nil else { return }
                finishCompaction(of: place, outcome)
                startCompaction()
            }
    }

    private struct Compacted: Sendable {
        var result: CompactionResult
        var rewrite: LogRewrite
    }

    private static func compact(_ snapshot: any LogSnapshot, _ task: CompactionTask) throws -> Compacted {
        var problem: StorageError?
        let result = try task.run(
            read: { offset in
                guard problem == nil else { return nil }
                do throws(StorageError) { return try snapshot.batch(at: offset) } catch {
                    problem = error
                    return nil
                }
            }, decompress: { Decompression.unpack($0, $1) })
        // A batch that could not be read looked like one that is gone.
        if let problem { throw problem }
        return Compacted(result: result, rewrite: try snapshot.rewrite(result))
    }

    private func finishCompaction(of place: TopicPartition, _ outcome: Result<Compacted, any Error>) {
        switch outcome {
        case .failure(let error):
            logger.warning(
                "a log could not be compacted, and stays as it is",
                metadata: ["partition": "\(place)", "reason": "\(error)"])
            broker.compactionFailed(place)
        case .success(let compacted):
            do throws(StorageError) {
                guard try storage.install(compacted.rewrite) else { return broker.compactionFailed(place) }
            } catch { return fail(error) }
            logger.debug(
                "compacted", metadata: ["partition": "\(place)", "batches": "\(compacted.result.changes.count)"])
            perform(broker.compacted(place, compacted.result, now: clock.now))
        }
    }

    /// Syncs once a second, on another thread.
    func planBackgroundSync() {
        loop.assumeIsolated().scheduleTask(in: .seconds(1)) { [self] in
            guard failure == nil else { return }
            let unsynced = [storage.takeUnsynced(), journal?.takeUnsynced()].compactMap(\.self)
            guard !unsynced.isEmpty else { return planBackgroundSync() }
            let done = threads.runIfActive(eventLoop: loop) { for files in unsynced { try files.sync() } }
            backgroundSync = done
            done.assumeIsolated().whenComplete { [self] outcome in
                backgroundSync = nil
                switch outcome {
                case .success: planBackgroundSync()
                case .failure(let error):
                    fail(error as? StorageError ?? StorageError(.io, "a sync failed: \(error)"))
                }
            }
        }
    }

    /// Does nothing at all for a time: no request is looked at, and no deadline passes.
    public func freeze(for time: TimeAmount) {
        frozen?.thaw.cancel()
        let thaw = loop.assumeIsolated().scheduleTask(in: time) { [self] in self.thaw() }
        frozen = (frozen?.work ?? [], thaw)
    }

    /// Ends a freeze: what came in meanwhile is done now, in its order.
    public func thaw() {
        guard let (work, thaw) = frozen else { return }
        thaw.cancel()
        frozen = nil
        for step in work { step() }
    }

    func whenThawed(_ work: @escaping () -> Void) {
        if frozen != nil { frozen?.work.append(work) } else { work() }
    }
}
