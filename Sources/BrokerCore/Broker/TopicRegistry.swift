internal import EventLog
internal import KafkaProtocol

/// A topic that is there.
struct TopicRecord: Hashable, Sendable {
    var name: String
    var id: WireUUID
    var partitionCount: Int32
    /// What was set, as it was set; the rest is default.
    var configs: [String: String]

    var places: [TopicPartition] {
        (0..<max(0, partitionCount)).map { TopicPartition(topic: name, partition: $0) }
    }

    /// What the settings mean for logs. They were found valid when they were set.
    var settings: LogSettings { (try? LogSettings(configs: configs)) ?? LogSettings() }
}

/// The topics, by name and by id.
struct TopicRegistry: Sendable {
    private var records: [String: TopicRecord] = [:]
    private var names: [WireUUID: String] = [:]
    /// Partitions of all topics together.
    private(set) var partitionCount = 0

    subscript(name: String) -> TopicRecord? { records[name] }

    func named(by id: WireUUID) -> TopicRecord? { names[id].flatMap { records[$0] } }

    var sortedNames: [String] { records.keys.sorted() }

    func contains(_ place: TopicPartition) -> Bool {
        guard let count = records[place.topic]?.partitionCount else { return false }
        return place.partition >= 0 && place.partition < count
    }

    mutating func apply(_ entry: TopicJournalEntry) {
        switch entry {
        case .created(let name, let id, let partitions, let configs):
            remove(name)
            records[name] = TopicRecord(name: name, id: id, partitionCount: partitions, configs: configs)
            names[id] = name
            partitionCount += Int(partitions)
        case .partitionsAdded(let name, let count):
            guard let known = records[name]?.partitionCount, count > known else { return }
            records[name]?.partitionCount = count
            partitionCount += Int(count - known)
        case .configured(let name, let configs): records[name]?.configs = configs
        case .deleted(let name): remove(name)
        }
    }

    private mutating func remove(_ name: String) {
        guard let record = records.removeValue(forKey: name) else { return }
        names[record.id] = nil
        partitionCount -= Int(record.partitionCount)
    }

    /// The shortest list of entries from which this can be rebuilt.
    func snapshot() -> [TopicJournalEntry] {
        sortedNames.compactMap { name in
            records[name].map {
                .created(name: name, id: $0.id, partitions: $0.partitionCount, configs: $0.configs)
            }
        }
    }
}
