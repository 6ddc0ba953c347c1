internal import EventLog
internal import KafkaProtocol

/// The logs as a `read_committed` reader sees them, record by record, as soon as it can see them.
final class CommittedView {
    private struct Batch {
        enum Fate { case open, committed, aborted }
        var producerID: Int64
        var fate: Fate
        var records: [LogRecord]
    }
    private struct Place {
        var next: Int64 = 0
        /// What lies from the oldest undecided batch on.
        var waiting: [Batch] = []
    }

    private let broker: SimulatedBroker
    private let take: (LogRecord) -> Void
    private var places: [TopicPartition: Place] = [:]

    init(broker: SimulatedBroker, take: @escaping (LogRecord) -> Void) {
        self.broker = broker
        self.take = take
    }

    /// Takes in what is new in a partition, and passes on what can be seen by now.
    func advance(_ place: TopicPartition) {
        var state = places[place] ?? Place()
        for stored in broker.batches(of: place, from: state.next) {
            state.next = stored.lastOffset + 1
            add(stored.bytes, place, &state)
        }
        var count = 0
        while count < state.waiting.count, state.waiting[count].fate != .open { count += 1 }
        let visible = state.waiting.prefix(count)
        state.waiting.removeFirst(count)
        places[place] = state
        for batch in visible where batch.fate == .committed {
            for record in batch.records { take(record) }
        }
    }

    private func add(_ bytes: [UInt8], _ place: TopicPartition, _ state: inout Place) {
        guard let section = try? RecordSection(bytes) else { return }
        let header = section.header
        if header.attributes.isControl {
            guard let marker = try? EndTransactionMarker.read(bytes) else { return }
            let fate: Batch.Fate = marker.result == .commit ? .committed : .aborted
            for index in state.waiting.indices
            where state.waiting[index].producerID == header.producerID && state.waiting[index].fate == .open {
                state.waiting[index].fate = fate
            }
            return
        }
        state.waiting.append(
            Batch(
                producerID: header.producerID, fate: header.attributes.isTransactional ? .open : .committed,
                records: (try? FetchDecoding.records(of: section, in: place)) ?? []))
    }
}
