import KafkaProtocol
import Testing

@testable import BrokerCore

@Suite struct CompactionPropertyTests {
    /// The last value of each key among what a consumer sees; tombstones delete.
    private func table(_ host: LogTestHost) throws -> [String: String] {
        var table: [String: String] = [:]
        let visible = try Set(host.consume(.readCommitted).map(\.offset))
        for offset in host.stored.keys.sorted() {
            let section = try RecordSection(host.stored[offset] ?? [])
            guard !section.header.attributes.isControl else { continue }
            for record in try section.records() where visible.contains(record.offset) {
                table[String(decoding: record.key ?? [], as: UTF8.self)] = record.value.map {
                    String(decoding: $0, as: UTF8.self)
                }
            }
        }
        return table
    }

    /// Two hosts get the same writes; one of them compacts. Who reads the whole log builds the same table from both,
    /// at every time; producers are judged alike; and a rebuilt log answers as the live one does.
    @Test(arguments: 1...16)
    func aCompactedLogSaysTheSame(_ seed: UInt64) throws {
        var work = LogWorkload(seed: seed) {
            $0.compacts = true
            $0.deletesOld = false
            $0.segmentBytes = 250
            $0.deleteRetention = 300
        }
        var plain = work
        var removed = 0
        var emptied = 0
        for round in 0..<250 {
            try work.step()
            try plain.step()
            guard round % 6 == 5 else { continue }
            let result = try work.host.compact(now: work.time)
            for change in result?.changes ?? [] {
                switch change.fate {
                case .remove: removed += 1
                case .replace(let bytes): emptied += try RecordBatchHeader(bytes).recordCount == 0 ? 1 : 0
                }
            }
            #expect(try table(work.host) == table(plain.host))
            #expect(work.host.log.lastStableOffset == plain.host.log.lastStableOffset)
            #expect(work.host.log.endOffset == plain.host.log.endOffset)
            #expect(work.host.log.describeProducers() == plain.host.log.describeProducers())
            #expect(Set(try work.host.consume(.readCommitted)).isSubset(of: plain.visible))

            let rebuilt = try work.host.rebuilt()
            #expect(try work.host.consume(.readCommitted, log: rebuilt) == work.host.consume(.readCommitted))
            #expect(rebuilt.lastStableOffset == work.host.log.lastStableOffset)
            #expect(rebuilt.firstDirtyOffset == work.host.log.firstDirtyOffset)
            for (new, old) in zip(rebuilt.describeProducers(), work.host.log.describeProducers()) {
                #expect(new.producerID == old.producerID && new.transactionStart == old.transactionStart)
                #expect(new.state.producerEpoch == old.state.producerEpoch)
                #expect(new.state.lastSequence == old.state.lastSequence)
            }
        }
        #expect(work.host.log.byteCount < plain.host.log.byteCount)
        #expect(removed + emptied > 20)
    }

    /// Producers that are forgotten leave nothing behind for which their batches would have to stay: markers go too, and
    /// still no transaction looks open, and none undecided, to who rebuilds the log.
    @Test(arguments: 1...10)
    func forgottenProducersLeaveNothingOpen(_ seed: UInt64) throws {
        var work = LogWorkload(seed: seed) {
            $0.compacts = true
            $0.deletesOld = false
            $0.segmentBytes = 250
            $0.deleteRetention = 300
            $0.minDirtyRatio = 0
        }
        var plain = work
        var markersRemoved = 0
        for round in 0..<250 {
            try work.step()
            try plain.step()
            if work.draws.chance(1, of: 10) {
                work.time += PartitionLog.producerExpiration
                work.host.run(work.host.log.maintain(now: work.time))
                // A producer that was away for so long begins a new epoch.
                for place in work.writers.indices where work.open[work.writers[place].id] == nil {
                    work.writers[place].epoch += 1
                    work.writers[place].sequence = 0
                }
                plain.writers = work.writers
            }
            plain.draws = work.draws
            plain.time = work.time
            guard round % 5 == 4 else { continue }
            let before = work.host.stored
            let result = try work.host.compact(now: work.time)
            for change in result?.changes ?? [] where change.fate == .remove {
                let header = try RecordBatchHeader(before[change.baseOffset] ?? [])
                if header.attributes.isControl { markersRemoved += 1 }
            }
            #expect(try table(work.host) == table(plain.host))
            let rebuilt = try work.host.rebuilt()
            #expect(rebuilt.lastStableOffset == plain.host.log.lastStableOffset)
            #expect(try work.host.consume(.readCommitted, log: rebuilt) == work.host.consume(.readCommitted))
        }
        #expect(markersRemoved > 5)
    }
}
