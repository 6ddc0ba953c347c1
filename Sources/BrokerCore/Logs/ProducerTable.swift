internal import KafkaProtocol

/// The producers that a partition knows.
struct ProducerTable: Hashable, Sendable {
    private(set) var states: [Int64: ProducerState] = [:]

    subscript(_ producerID: Int64) -> ProducerState? {
        get { states[producerID] }
        set { states[producerID] = newValue }
    }

    var sortedIDs: [Int64] { states.keys.sorted() }

    /// A batch that was accepted, or is found in the log.
    mutating func add(_ header: RecordBatchHeader, now: Int64) {
        states[header.producerID, default: ProducerState(producerEpoch: header.producerEpoch)].add(header, now: now)
    }

    /// A marker that was accepted, or is found in the log.
    mutating func end(_ header: RecordBatchHeader, _ marker: EndTransactionMarker, now: Int64) {
        states[header.producerID, default: ProducerState(producerEpoch: header.producerEpoch)].end(
            epoch: header.producerEpoch, coordinatorEpoch: marker.coordinatorEpoch, timestamp: header.maxTimestamp,
            now: now)
    }

    /// Forgets the producers that were silent for so long and are not excepted.
    mutating func expire(now: Int64, after silence: Int64, except isNeeded: (Int64) -> Bool) {
        states = states.filter { producerID, state in
            isNeeded(producerID) || now.clampedDistance(from: state.lastSeen) < silence
        }
    }
}
