internal import EventLog
internal import Messages
internal import ServiceCores

/// An instance's copy of the unique index: begun anew with every process, behind by what is under way, and standing
/// still while the broker can't be asked.
final class SimulatedAdvice: KeyAdvice {
    private var copy = KeyIndexCopy()
    private let reader: SimulatedReader
    private let places: [TopicPartition]
    private(set) var answersTaken = 0

    init(host: Host, network: Network, settings: ClientSettings, topic: String, partitionCount: Int32) {
        reader = SimulatedReader(host: host, network: network, settings: settings)
        places = (0..<partitionCount).map { TopicPartition(topic: topic, partition: $0) }
        begin()
    }

    func isTaken(_ key: UniqueKey, byOtherThan customerID: String) -> Bool {
        copy.isTaken(key, byOtherThan: customerID)
    }

    private func begin() {
        copy = KeyIndexCopy()
        reader.assign(Dictionary(uniqueKeysWithValues: places.map { ($0, StartPosition.earliest) }))
        follow()
    }

    private func follow() {
        reader.poll(maxRecords: 500, timeout: .seconds(2)) { [self] result in
            switch result {
            case .success(let records):
                for record in records { copy.apply(record) }
                follow()
            case .failure: begin()
            }
        }
    }
}
