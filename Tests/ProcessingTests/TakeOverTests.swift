import EventLog
import Messages
import Processing
import Testing

/// Taking partitions over: the group is answered first, and whatever takes long is done a piece at a time.
@Suite struct TakeOverTests {
    private static let first = SteppedWorker.place(0)
    private static let second = SteppedWorker.place(1)

    private func worker(_ guarantee: DeliveryGuarantee = .exactlyOnce) -> SteppedWorker {
        SteppedWorker(guarantee, core: SilentCore())
    }

    private func record(_ place: TopicPartition, _ offset: Int64) -> LogRecord {
        LogRecord(topic: place.topic, partition: place.partition, offset: offset, key: nil, value: nil)
    }

    /// Polls until something is so, or for too long.
    private func poll(_ worker: SteppedWorker, atMost count: Int = 200, until isSo: () -> Bool) -> Bool {
        for _ in 0..<count where !isSo() { worker.give() }
        return isSo()
    }

    @Test func theGroupIsAnsweredBeforeAnythingElse() {
        let worker = worker()
        worker.highs = [Self.first: 1_000]
        worker.committed = [Self.first: 1_000]
        _ = worker.news()
        worker.give(.assigned([Self.first]))
        #expect(worker.news().first == .assign([:]))
        #expect(worker.obstacle?.contains("catching up partitions 0") == true)
    }

    /// Between two pieces there is a poll, always.
    @Test func everyPieceIsFollowedByAPoll() {
        let worker = worker()
        worker.highs = [Self.first: 50]
        worker.committed = [Self.first: 50]
        worker.give(.assigned([Self.first]))
        _ = worker.news()
        #expect(poll(worker) { worker.deeds.contains(.assign([Self.first: 50])) })
        let deeds = worker.news()
        #expect(deeds.count { $0 == .read } == 50)
        for (one, next) in zip(deeds, deeds.dropFirst()) { #expect(one != .read || next != .read) }
    }

    @Test func whatIsCaughtUpIsServedWhileTheRestIsNot() {
        let worker = worker()
        // Too much to be folded together.
        worker.highs = [Self.first: 0, Self.second: 1_000_000]
        worker.committed = [Self.second: 1_000_000]
        worker.give(.assigned([Self.first, Self.second]))
        #expect(poll(worker) { worker.deeds.contains(.assign([Self.first: 0])) })
        #expect(poll(worker) { worker.deeds.contains(.read) })
        _ = worker.news()
        worker.give(.records([record(Self.first, 0)]))
        #expect(worker.news().contains(.transact([Self.first: 1])))
        #expect(worker.obstacle == "catching up partitions 1")
    }

    @Test func newsEndACatchUp() {
        let worker = worker()
        worker.highs = [Self.first: 1_000_000]
        worker.committed = [Self.first: 1_000_000]
        worker.give(.assigned([Self.first]))
        #expect(poll(worker) { worker.deeds.contains(.read) })
        _ = worker.news()
        worker.give(.revoked([Self.first], lost: false))
        #expect(worker.news() == [.unassign, .poll])
        for _ in 0..<5 { worker.give() }
        #expect(!worker.news().contains(.read))
        // What was folded is not folded again.
        let position = worker.store.positions(partition: 0)[Topic.uniqueClaims.rawValue] ?? 0
        #expect(position > 0)
        worker.highs = [Self.first: position]
        worker.committed = [Self.first: position]
        worker.give(.assigned([Self.first]))
        #expect(poll(worker) { worker.deeds.contains(.assign([Self.first: position])) })
        #expect(!worker.news().contains(.read))
    }

    /// Offsets at the very end of the log, behind a transaction's marker: no record lies before them.
    @Test func anEndBehindAMarkerIsReached() {
        let worker = worker()
        worker.highs = [Self.first: 1]
        worker.committed = [Self.first: 1]
        worker.give(.assigned([Self.first]))
        #expect(poll(worker) { worker.obstacle == nil }, "without a new record")
    }

    @Test func aTakeOverTriesOn() {
        let worker = worker()
        worker.questionError = LogError(.unavailable, "coordinator not available")
        worker.give(.assigned([Self.first, Self.second]))
        #expect(poll(worker, atMost: 6_000) { worker.deeds.count { $0 == .askOffsets } > 100 })
        #expect(worker.end == nil)
        #expect(worker.obstacle?.contains("coordinator not available") == true)
        #expect(worker.notes.count < 100, "not each try is told")
        worker.questionError = nil
        #expect(poll(worker) { worker.obstacle == nil })
    }

    /// One partition that can't be answered holds up nobody.
    @Test func eachPartitionIsAskedByItselfThen() {
        let worker = worker()
        worker.questionError = LogError(.unreachable, "no answer in time")
        worker.give(.assigned([Self.first, Self.second]))
        #expect(poll(worker) { worker.deeds.count { $0 == .askOffsets } >= 3 })
        #expect(worker.end == nil)
    }

    @Test func everyPlaceThatWasTrimmedIsNamed() {
        let worker = worker()
        worker.lows = [Self.first: 5, Self.second: 7]
        worker.highs = [Self.first: 9, Self.second: 9]
        worker.committed = [Self.first: 2, Self.second: 3]
        worker.give(.assigned([Self.first, Self.second]))
        #expect(poll(worker) { worker.end != nil })
        guard case .broken(let text) = worker.end else {
            Issue.record("\(String(describing: worker.end))")
            return
        }
        #expect(text.contains("unique-claims/0") && text.contains("unique-claims/1"))
    }

    /// A setting that someone lowered, and raises again.
    @Test func aBatchThatIsTooLargeForNowIsWaitedFor() {
        let worker = worker()
        worker.give(.assigned([Self.first]))
        #expect(poll(worker) { worker.obstacle == nil })
        worker.writeError = LogError(.recordTooLarge, "write a record", place: Self.second)
        worker.give(.records([record(Self.first, 0)]))
        #expect(poll(worker) { worker.deeds.count { $0 == .transact([Self.first: 0]) } > 3 })
        #expect(worker.end == nil)
        #expect(worker.obstacle?.contains("recordTooLarge") == true)
        #expect(
            worker.notes.contains { $0.details["remedy"]?.contains("max.message.bytes of unique-claims") == true })
        worker.writeError = nil
        #expect(poll(worker) { worker.obstacle == nil })
    }

    /// What was written is not decided again: the log is asked first what it has.
    @Test func aFailedCommitOfOffsetsIsFollowedByATakeOver() {
        let worker = worker(.atLeastOnce)
        worker.give(.assigned([Self.first]))
        #expect(poll(worker) { worker.obstacle == nil })
        _ = worker.news()
        worker.commitError = LogError(.unreachable, "no answer")
        worker.give(.records([record(Self.first, 0)]))
        worker.commitError = nil
        #expect(poll(worker) { worker.deeds.contains(.assign([Self.first: 0])) })
        let deeds = worker.news()
        let asked = deeds.firstIndex(of: .askOffsets)
        #expect(deeds.filter { $0 == .produce }.count == 1, "the dead letter")
        #expect(asked != nil)
    }

    /// A wipe that was cut short leaves rows without positions: they are no state.
    @Test func aStateWithoutPositionsIsWiped() {
        let store = InMemoryStateStore()
        let table = StateTable("left")
        store.commit([
            PartitionChanges(
                partition: 0, changes: [StateChange(table: table, key: [1], value: [1])], positions: [:])
        ])
        let worker = SteppedWorker(.exactlyOnce, store: store, core: SilentCore())
        worker.give(.assigned([Self.first]))
        #expect(poll(worker) { worker.obstacle == nil })
        #expect(store.value(table: table, partition: 0, key: [1]) == nil)
    }

    /// Every ten seconds it is told where a catch-up stands; where it stands still, what can be done.
    @Test func aCatchUpThatStandsStillIsTold() {
        let worker = worker()
        worker.highs = [Self.first: 10]
        worker.committed = [Self.first: 10]
        worker.stride = 0
        worker.give(.assigned([Self.first]))
        for _ in 0..<60 {
            worker.now = worker.now.advanced(by: .seconds(1))
            worker.give()
        }
        let told = worker.notes.filter { $0.message.hasPrefix("catching up waits") }
        #expect(told.count == 5 || told.count == 6, "\(told.count)")
        #expect(told.last?.details["place"] == "unique-claims/0")
        #expect(told.last?.details["offset"] == "0" && told.last?.details["end"] == "10")
    }
}
