internal import Customers
internal import DeadLetters
public import EventLog
public import Messages

/// Everything that the topics tell about one customer or one document.
///
/// Records come in stages, because where to read depends on what was read: a customer's documents lie on their own
/// partitions, and a document's customers on theirs. `nextPlaces` names what to read; each record of that goes to `take`.
public struct Story: Sendable {
    public enum Subject: Hashable, Sendable {
        case customer(String)
        /// - Parameter document: normalized.
        case document(String)
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
    private var documents: Set<[UInt8]> = []
    private var taken: Set<RecordPlace> = []
    private var readWhole: Set<TopicPartition> = []
    private var asked: Set<RecordPlace> = []
    private var originRounds = 0
    /// What is not read by then is told by its place alone.
    private static let mostOriginRounds = 64
    /// Documents whose served holder is the customer that is asked for, so that it is told when that ends.
    private var served: Set<[UInt8]> = []
    private(set) var entries: [StoryEntry] = []
    private(set) var indexTales: [[UInt8]: IndexTale] = [:]

    /// - Parameters:
    ///   - partitionCount: how many partitions each topic of the deployment has.
    ///   - normalization: as the command service normalizes documents.
    public init(
        of subject: Subject, names: DeploymentNames, partitionCount: Int32, normalization: DocumentNormalization
    ) {
        self.subject = subject
        reader = StoryReader(
            names: names, partitionCount: max(partitionCount, 1), reader: CommandReader(normalization: normalization))
        switch subject {
        case .customer(let id): customers.insert(Array(id.utf8))
        case .document(let document):
            documents.insert(DocumentReference.uniqueKey(document))
            // Whoever meets the first one in its own stream leaves no claim.
            customers.insert(Array(NameID.customer(ofDocument: document).description.utf8))
        }
    }

    /// What to read next; nil when all was read.
    public mutating func nextPlaces() -> [TopicPartition: Extent]? {
        while true {
            let places: [TopicPartition: Extent]
            switch (stage, subject) {
            case (.subject, .customer), (.counterpart, .document):
                places = partitions(of: Topic.allCases.filter(\.isKeyedByCustomer), keys: customers)
            case (.subject, .document), (.counterpart, .customer):
                places = partitions(of: [.documentClaims, .documentIndex], keys: documents)
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
                for document in entry.documents { documents.insert(DocumentReference.uniqueKey(document)) }
            }
            entries.append(entry)
        } else if topic.isDeadLetter {
            let isOurs = customers.contains(key) || documents.contains(key)
            if isOurs, taken.insert(RecordPlace(of: record)).inserted { entries.append(reader.entry(record, topic)) }
        } else {
            guard documents.contains(key), taken.insert(RecordPlace(of: record)).inserted else { return }
            takeOfIndex(record, topic, key)
        }
    }

    private mutating func takeOfIndex(_ record: LogRecord, _ topic: Topic, _ key: [UInt8]) {
        if topic == .documentClaims { indexTales[key, default: IndexTale()].take(record, key) }
        let entry = reader.entry(record, topic)
        switch subject {
        case .document:
            if !entry.customerID.isEmpty { customers.insert(Array(entry.customerID.utf8)) }
            entries.append(entry)
        case .customer(let id):
            let isOurs = entry.customerID.isExactly(id)
            if isOurs || (topic == .documentIndex && served.contains(key)) { entries.append(entry) }
            if topic == .documentIndex { if isOurs { served.insert(key) } else { served.remove(key) } }
        }
    }
}

/// The fold of one document's claims: who holds it by now.
struct IndexTale: Sendable {
    private(set) var state = UniqueIndex.initialState
    /// When the present state began, by the claim that made it.
    private(set) var since: Timestamp?
    private var seen: Set<Fingerprint> = []

    mutating func take(_ record: LogRecord, _ key: [UInt8]) {
        guard let message = try? Message<DocumentClaim>(decoding: record.value),
            message.body.reference.uniqueKey == key,
            seen.insert(Fingerprint(message.metadata.source, message.metadata.id)).inserted
        else { return }
        for event in UniqueIndex.decide(UniqueIndex.Wish(message.body, at: message.metadata.time), in: state) {
            let before = state
            UniqueIndex.evolve(&state, event)
            if state != before { since = message.metadata.time }
        }
    }
}
