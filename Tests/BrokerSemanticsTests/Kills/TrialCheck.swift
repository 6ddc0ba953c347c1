import EventLog
import KafkaProtocol
import TestProcesses
import Testing
import WireClient

/// What must hold after all the kills. Confined to one thread.
struct TrialCheck {
    let trial: Trial
    let cluster: Cluster

    init(_ trial: Trial) throws {
        self.trial = trial
        cluster = try Cluster(trial.bootstrapServers)
    }

    private func committed(_ topic: String) throws -> [TopicPartition: [Read]] {
        var found: [TopicPartition: [Read]] = [:]
        for place in trial.topics.places(topic) { found[place] = try cluster.read(place, .readCommitted).records }
        return found
    }

    /// Each transaction is there as a whole or not at all, and as its producer was told; and the group's offset is that
    /// of the last one that committed.
    func ledgers(_ writers: [LedgerWriter]) throws {
        let found = try committed(trial.topics.ledger)
        var seen: [String: Int] = [:]
        for (_, records) in found { for record in records { seen[record.value ?? "", default: 0] += 1 } }
        var expected: Set<String> = []
        for writer in writers {
            var lastCommitted: Int64 = -1
            for entry in writer.ledger {
                let values = entry.values(of: writer.name)
                #expect(values.allSatisfy { (seen[$0] ?? 0) <= 1 }, "\(writer.name) \(entry.number) has duplicates")
                let present = values.count { seen[$0] != nil }
                let complete = values.count
                let what = "\(writer.name), transaction \(entry.number), \(entry.outcome)"
                switch entry.outcome {
                case .committed:
                    #expect(present == complete, "\(what): \(present) of \(complete) records are there")
                    lastCommitted = entry.number
                case .aborted:
                    #expect(present == 0, "\(what): \(present) records are there")
                case .unknown:
                    #expect(present == 0 || present == complete, "\(what): \(present) of \(complete) records")
                    if present == complete { lastCommitted = entry.number }
                }
                if present > 0 { expected.formUnion(values) }
            }
            let place = trial.topics.places(trial.topics.ledger)[0]
            let offset = try cluster.committed(place, group: writer.group, .stable)
            #expect(offset.errorCode == .none)
            #expect(offset.committedOffset == lastCommitted, "\(writer.group)")
        }
        #expect(Set(seen.keys).subtracting(expected).isEmpty, "records that nobody wrote")
        // Nothing is left open: readers see everything up to the end.
        for place in trial.topics.places(trial.topics.ledger) {
            let end = try cluster.end(of: place)
            let isStable = try poll(for: .seconds(10)) { try cluster.end(of: place, isolation: .readCommitted) == end }
            #expect(isStable, "\(place) is held up by an open transaction")
        }
    }

    /// Each acknowledged record is where its producer was told, once.
    func plain(_ writer: PlainWriter) throws {
        for (place, expected) in writer.acknowledged.sorted(by: { $0.key < $1.key }) {
            let records = try cluster.read(place, .readCommitted).records
            let found = Dictionary(records.map { ($0.offset, $0.value ?? "") }) { first, _ in first }
            let lost = expected.filter { found[$0.key] != $0.value }
            #expect(
                lost.isEmpty,
                "\(place) lost \(lost.count) of \(expected.count) records, the first at \(lost.keys.min() ?? 0)")
            #expect(records.count == Set(records.map(\.value)).count, "\(place) has duplicates")
        }
    }

    /// Each record of the source was processed once, in order.
    func pipeline() throws {
        for place in trial.topics.places(trial.topics.source) {
            let source = try cluster.read(place, .readCommitted).values
            let target = try cluster.read(
                TopicPartition(topic: trial.topics.target, partition: place.partition), .readCommitted
            ).values
            #expect(
                source == target,
                "\(place): \(source.count) in, \(target.count) out, \(Set(target).count) of them distinct")
            #expect(!source.isEmpty)
        }
    }

    /// Whether the group has processed everything.
    func isPipelineDone() throws -> Bool {
        try trial.topics.places(trial.topics.source).allSatisfy { place in
            let end = try cluster.end(of: place)
            let committed = try cluster.committed(place, group: Pipeline.group, .stable)
            return committed.errorCode == .none && committed.committedOffset >= end
        }
    }
}
