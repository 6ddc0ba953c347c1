internal import DeadLetters
public import EventLog
public import Messages
internal import Uniqueness

/// Everything that the topics tell about one customer or one unique key.
///
/// Records come in stages, because where to read depends on what was read: a customer's keys lie on their own
/// partitions, and a key's customers on theirs. `nextPlaces` names what to read; each record of that goes to `take`.
public struct Story: Sendable {
    public enum Subject: Hashable, Sendable {
        case customer(String)
        case key(UniqueKey)
    }

    /// What of a partition is to be read.
    public enum Extent: Hashable, Sendable {
        case whole
        /// The record at this offset.
        case record(Int64)
    }

    private enum Stage: Int { case subject, counterpart, deadLetters, origins, done }

    public let subject: Subject
    private let reader: StoryReader
    private var stage = Stage.subject
    private var customers: Set<[UInt8]> = []
    private var keys: Set<[UInt8]> = []
    private var taken: Set<RecordPlace> = []
    private var readWhole: Set<TopicPartition> = []
    private var asked: Set<RecordPlace> = []
    private var originRounds = 0
    /// What is not read by then is told by its place alone.
    private static let mostOriginRounds = 64
    /// Keys whose served holder is the customer that is asked for, so that it is told when that ends.
    private var served: Set<[UInt8]> = []
    private(set) var entries: [StoryEntry] = []
    private(set) var indexTales: [[UInt8]: IndexTale] = [:]

    public init(of subject: Subject, names: DeploymentNames, declaration: Declaration) {
        self.subject = subject
        reader = StoryReader(
            names: names, partitionCount: max(declaration.partitions, 1), reader: CommandReader(declaration))
        switch subject {
        case .customer(let id): customers.insert(Array(id.utf8))
        case .key(let key):
            keys.insert(key.bytes)
            // Whoever meets the first one in its own stream leaves no claim.
            customers.insert(Array(NameID.customer(of: key).description.utf8))
        }
    }

    /// What to read next; nil when all was read.
    public mutating func nextPlaces() -> [TopicPartition: Extent]? {
        while true {
            let places: [TopicPartition: Extent]
            switch (stage, subject) {
            case (.subject, .customer), (.counterpart, .key):
                places = partitions(of: Topic.allCases.filter(\.isKeyedByCustomer), keys: customers)
            case (.subject, .key), (.counterpart, .customer):
                places = partitions(of: [.uniqueClaims, .uniqueIndex], keys: keys)
            // A dead letter lies on the partition that its record was read from, which may be any.
            case (.deadLetters, _):
                let all = Topic.allCases.filter(\.isDeadLetter).flatMap { topic in
                    (0..<reader.partitionCount).map {
                        TopicPartition(topic: reader.names.name(topic), partition: $0)
                    }
                }
                places = Dictionary(uniqueKeysWithValues: all.map { ($0, .whole) })
            case (.origins, _):
                places = missingOrigins()
                if !places.isEmpty { return places }
            case (.done, _): return nil
            }
            stage = Stage(rawValue: stage.rawValue + 1) ?? .done
            readWhole.formUnion(places.keys)
            if !places.isEmpty { return places }
        }
    }

    private func partitions(of topics: [Topic], keys: Set<[UInt8]>) -> [TopicPartition: Extent] {
        var places: [TopicPartition: Extent] = [:]
        for key in keys {
            let partition = Murmur2.partition(of: key, count: reader.partitionCount)
            for topic in topics {
                places[TopicPartition(topic: reader.names.name(topic), partition: partition)] = .whole
            }
        }
        return places
    }

    /// Where misrouted records were first, and what dead letters were, as far as that lies on other partitions. Of each
    /// partition one record at a time; the rest comes in further rounds.
    private mutating func missingOrigins() -> [TopicPartition: Extent] {
        guard originRounds < Self.mostOriginRounds else { return [:] }
        originRounds += 1
        var places: [TopicPartition: Extent] = [:]
        for place in entries.compactMap(\.causePlace).sorted() {
            guard let topic = reader.names.topic(place.topicPartition.topic), topic.isWrittenByClients,
                (0..<reader.partitionCount).contains(place.topicPartition.partition),
                places[place.topicPartition] == nil,
                !readWhole.contains(place.topicPartition), asked.insert(place).inserted
            else { continue }
            places[place.topicPartition] = .record(place.offset)
        }
        return places
    }

    /// Takes a record; those of a partition in their order. What does not concern the subject is dropped.
    public mutating func take(_ record: LogRecord) {
        guard let topic = reader.names.topic(record.topic), let key = record.key else { return }
        if topic.isKeyedByCustomer {
            guard customers.contains(key), taken.insert(RecordPlace(of: record)).inserted else { return }
            let entry = reader.entry(record, topic)
            if case .customer = subject {
                for key in entry.keys { keys.insert(key.bytes) }
            }
            entries.append(entry)
        } else if topic.isDeadLetter {
            let isOurs = customers.contains(key) || keys.contains(key)
            if isOurs, taken.insert(RecordPlace(of: record)).inserted { entries.append(reader.entry(record, topic)) }
        } else {
            guard keys.contains(key), taken.insert(RecordPlace(of: record)).inserted else { return }
            takeOfIndex(record, topic, key)
        }
    }

    private mutating func takeOfIndex(_ record: LogRecord, _ topic: Topic, _ key: [UInt8]) {
        if topic == .uniqueClaims { indexTales[key, default: IndexTale()].take(record, key) }
        let entry = reader.entry(record, topic)
        switch subject {
        case .key:
            if !entry.customerID.isEmpty { customers.insert(Array(entry.customerID.utf8)) }
            entries.append(entry)
        case .customer(let id):
            let isOurs = entry.customerID.isExactly(id)
            if isOurs || (topic == .uniqueIndex && served.contains(key)) { entries.append(entry) }
            if topic == .uniqueIndex { if isOurs { served.insert(key) } else { served.remove(key) } }
        }
    }
}

/// The fold of one key's claims: who holds it by now.
struct IndexTale: Sendable {
    private(set) var holder = KeyIndex.Holder.free
    /// When the present state began, by the record that made it.
    private(set) var since: Timestamp?
    private var seen: Set<Fingerprint> = []
    /// Of each customer the highest version of its releases.
    private var released: [Fingerprint: Int64] = [:]

    mutating func take(_ record: LogRecord, _ key: [UInt8]) {
        guard let message = try? Message<KeyWish>(decoding: record.value), message.body.key.bytes == key,
            seen.insert(Fingerprint(message.metadata.source, message.metadata.id)).inserted
        else { return }
        let customer = Fingerprint(message.body.customerID)
        let ruling = KeyIndex.rule(
            on: message.body, at: message.metadata.time, holder: holder, released: released[customer] ?? 0)
        if ruling.released > 0 { released[customer] = ruling.released }
        if ruling.holder != holder { since = message.metadata.time }
        holder = ruling.holder
    }
}
