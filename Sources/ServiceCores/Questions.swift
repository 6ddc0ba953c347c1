public import Messages
public import Processing

/// What the read side is asked.
public enum Question: Hashable, Sendable {
    /// Who holds this value of an attribute, in any spelling.
    case key(attribute: String, value: String)
    case customer(String)
}

/// What it answers.
public struct QuestionAnswer: Hashable, Sendable {
    /// HTTP's status code.
    public var status: Int
    /// UTF-8 JSON.
    public var json: [UInt8]
    /// After how many seconds it may be worth asking again.
    public var retryAfter: Int?
}

/// What whoever answers can see of a worker: its state, and which of it may be told.
public protocol ServedState {
    var partitionCount: Int32 { get }
    /// How values are brought to one spelling.
    var declaration: Declaration { get }
    func standing(of partition: Int32) -> ServedPartitions.Standing
    func value(of table: StateTable, partition: Int32, key: [UInt8]) throws(StateStoreError) -> [UInt8]?
}

extension Question {
    /// The worker whose state tells the answer.
    public var group: ConsumerGroup {
        switch self {
        case .key: .projectionIndex
        case .customer: .projectionCustomers
        }
    }

    /// Answers from a worker's state, or says why it can't be answered here. Never from a partition that somebody else may
    /// have by now: its keys would look free, and its customers as they were.
    /// - Parameter state: of the question's `group`; nil while it is not open.
    /// - Throws: when the state can't be read.
    public func answer(from state: (some ServedState)?) throws(StateStoreError) -> QuestionAnswer {
        guard let state else { return Self.later("starting", "This instance is starting.") }
        let subject: Subject
        let table: StateTable
        let key: [UInt8]
        switch self {
        case .key(let name, let value):
            guard let attribute = state.declaration[name] else {
                return Self.error(400, "unknown-attribute", "No attribute of this name is declared.")
            }
            // What can't be a value is nobody's.
            guard let normalized = attribute.normalize.normalize(value) else { return Self.nobody }
            let asked = UniqueKey(attribute: name, value: normalized)
            (subject, table, key) = (.key(asked), KeyEntry.table, asked.bytes)
        case .customer(let id): (subject, table, key) = (.customer(id), CustomerView.table, Array(id.utf8))
        }
        let partition = Murmur2.partition(of: key, count: state.partitionCount)
        let standing = state.standing(of: partition)
        guard case .served = standing else { return Self.notHere(standing, partition) }
        let value = try state.value(of: table, partition: partition, key: key)
        // Given away while it was read: what was read may be of the next take-over.
        let now = state.standing(of: partition)
        guard now == standing else { return Self.notHere(now, partition) }
        guard let json = try value.flatMap({ value throws(StateStoreError) in try subject.json(value) }) else {
            return Self.nobody
        }
        return QuestionAnswer(status: 200, json: json)
    }

    /// Whom or what the question is about, in the one spelling.
    private enum Subject {
        case key(UniqueKey)
        case customer(String)

        func json(_ value: [UInt8]) throws(StateStoreError) -> [UInt8]? {
            switch self {
            case .key(let key):
                guard let entry = KeyEntry(value) else { throw Question.unreadable }
                return entry.json(key)
            case .customer(let id):
                guard let view = CustomerView(value) else { throw Question.unreadable }
                return view.json(customerID: id)
            }
        }
    }

    private static let unreadable = StateStoreError(.io, "an entry can't be read; remove the state, it is rebuilt")
    private static let nobody = error(404, "not-found", "Nobody has it.")

    private static func notHere(_ standing: ServedPartitions.Standing, _ partition: Int32) -> QuestionAnswer {
        switch standing {
        case .catchingUp: later("catching-up", "This instance is catching up partition \(partition).", partition)
        case .elsewhere: later("not-here", "Another instance has partition \(partition): ask that one.", partition)
        case .uncertain, .served:
            later("uncertain", "It is not certain that this instance still has partition \(partition).", partition)
        }
    }

    private static func later(_ code: String, _ message: String, _ partition: Int32? = nil) -> QuestionAnswer {
        var answer = error(503, code, message, partition)
        answer.retryAfter = 1
        return answer
    }

    private static func error(
        _ status: Int, _ code: String, _ message: String, _ partition: Int32? = nil
    ) -> QuestionAnswer {
        var writer = JSONWriter(capacity: 120)
        writer.beginObject()
        writer.member("error", code)
        writer.member("message", message)
        if let partition { writer.member("partition", Int64(partition)) }
        writer.endObject()
        return QuestionAnswer(status: status, json: writer.bytes)
    }
}
