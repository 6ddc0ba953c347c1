import KafkaProtocol
import Testing

@testable import BrokerCore

@Suite struct RetentionTests {
    /// A log with one batch of 75 bytes or so in each segment, one every hundred milliseconds from 1000 on.
    private func hourly(_ count: Int, _ change: (inout LogSettings) -> Void) throws -> LogTestHost {
        var host = LogTestHost {
            $0.segmentBytes = 100
            change(&$0)
        }
        for number in 0..<count { try host.produce(["a"], at: 1000 + 100 * Int64(number)) }
        #expect(host.log.segments.count == count)
        return host
    }

    @Test func segmentsRollBySizeAndByTime() throws {
        var host = LogTestHost { $0.segmentTime = 50 }
        #expect(try host.produce(["a"], at: 100).batches.map(\.startsSegment) == [true])
        #expect(try host.produce(["a"], at: 150).batches.map(\.startsSegment) == [false])
        #expect(try host.produce(["a"], at: 151).batches.map(\.startsSegment) == [true])
        #expect(try host.produce(["a"], at: 90).batches.map(\.startsSegment) == [false])
    }

    @Test func oldSegmentsGo() throws {
        var host = try hourly(5) { $0.retentionTime = 200 }
        host.run(host.log.maintain(now: 1300))
        #expect(host.log.startOffset == 1)
        #expect(host.stored.keys.sorted() == [1, 2, 3, 4])
        #expect(host.log.maintain(now: 1300) == [])
    }

    /// A client that stamps in seconds: by the milliseconds of its clock its records are decades old.
    @Test func recordsOfAWrongClockStayWhereTheBrokersCounts() throws {
        let now: Int64 = 1_700_000_000_000
        for (type, start) in [(TimestampType.createTime, 2), (.logAppendTime, 0)] as [(TimestampType, Int64)] {
            var host = LogTestHost {
                $0.segmentBytes = 100
                $0.retentionTime = 604_800_000
                $0.timestampType = type
            }
            for number in 0..<2 as Range<Int64> {
                try host.produce(
                    LogTestHost.batch(LogTestHost.records(["a"], at: now / 1000)), now: now + number)
            }
            host.run(host.log.maintain(now: now + 60_000))
            #expect(host.log.startOffset == start)
            host.run(host.log.maintain(now: now + 604_800_002))
            #expect(host.log.startOffset == 2)
        }
    }

    @Test func theActiveSegmentGoesWhenItIsOld() throws {
        var host = try hourly(3) { $0.retentionTime = 200 }
        host.run(host.log.maintain(now: 1401))
        #expect(host.log.startOffset == 3 && host.log.endOffset == 3)
        #expect(host.stored.isEmpty && host.log.segments.isEmpty)
        #expect(try host.produce(["b"]).baseOffset == 3)
        #expect(LogFingerprint(try host.rebuilt()) == LogFingerprint(host.log))
    }

    @Test func segmentsBeyondTheSizeGoButNotTheActiveOne() throws {
        var host = try hourly(5) { $0.retentionTime = -1 }
        let size = host.log.byteCount / 5
        host.log.settings.retentionBytes = 3 * size - 1
        host.run(host.log.maintain(now: 0))
        // What is left is not below the limit.
        #expect(host.log.startOffset == 2)
        host.log.settings.retentionBytes = 0
        host.run(host.log.maintain(now: 0))
        #expect(host.log.startOffset == 4)
        #expect(host.log.byteCount == size)
    }

    @Test func aCompactedTopicKeepsWhatIsOld() throws {
        var host = try hourly(3) {
            $0.compacts = true
            $0.deletesOld = false
            $0.retentionTime = 1
        }
        #expect(host.log.maintain(now: 1_000_000) == [])
        let error = #expect(throws: PartitionLogError.notDeletable) { try host.log.deleteRecords(before: 1) }
        #expect(error?.errorCode == .policyViolation)
    }

    @Test func recordsAreDeletedByOffset() throws {
        var host = LogTestHost()
        for _ in 0..<3 { try host.produce(["a", "b", "c"]) }
        let inside = try host.log.deleteRecords(before: 4)
        #expect(inside.lowWatermark == 4)
        #expect(inside.effects.count == 2)
        #expect(inside.effects.last == .deleteBatches(below: 3))
        host.run(inside.effects)
        #expect(try host.consume(.readUncommitted).map(\.offset) == [4, 5, 6, 7, 8])
        #expect(try host.log.deleteRecords(before: 2).effects.isEmpty)
        #expect(try host.log.deleteRecords(before: 2).lowWatermark == 4)
        // Within a batch only the start moves.
        #expect(try host.log.deleteRecords(before: 5).effects.count == 1)
        for offset: Int64 in [10, -2, Int64.max] {
            #expect(throws: PartitionLogError.self) { try host.log.deleteRecords(before: offset) }
        }
        #expect(try host.log.deleteRecords(before: -1).lowWatermark == 9)
    }

    /// Against a plain account of segments: what goes is the longest run of old or superfluous segments.
    @Test(arguments: 1...10)
    func retentionIsWhatAPlainAccountSays(_ seed: UInt64) throws {
        struct Segment { var base: Int64, bytes: Int, latest: Int64 }
        var draws = LogDraws(seed: seed)
        var host = LogTestHost {
            $0.segmentBytes = 300
            $0.retentionTime = 900
            $0.retentionBytes = 2500
        }
        var time: Int64 = 10_000
        var account: [Segment] = []
        var deletions = 0
        for _ in 0..<200 {
            time += Int64(draws.below(60))
            let receipt = try host.produce((0...draws.below(4)).map { "\($0)" }, at: time - Int64(draws.below(100)))
            let bytes = try #require(host.stored[receipt.baseOffset])
            let latest = try RecordBatchHeader(bytes).maxTimestamp
            if let last = account.last, last.bytes + bytes.count <= 300 {
                account[account.count - 1].bytes += bytes.count
                account[account.count - 1].latest = max(last.latest, latest)
            } else {
                account.append(Segment(base: receipt.baseOffset, bytes: bytes.count, latest: latest))
            }
            guard draws.chance(1, of: 6) else { continue }
            while account.count > 1, account.map(\.bytes).reduce(0, +) - account[0].bytes >= 2500 {
                account.removeFirst()
            }
            while let first = account.first, time - first.latest > 900 { account.removeFirst() }
            host.run(host.log.maintain(now: time))
            deletions += host.journal.isEmpty ? 0 : 1
            #expect(host.log.startOffset == account.first?.base ?? host.log.endOffset)
            #expect(host.log.byteCount == Int64(account.map(\.bytes).reduce(0, +)))
        }
        #expect(deletions > 5)
    }
}
