internal import EventLog
internal import Messages
internal import ServiceCores

/// What the index and the customers were at each place of their logs: what an answer over HTTP must have been true of, not
/// long ago.
struct AnswerHistory {
    /// Who holds a key, or a customer's version; nil for nobody.
    enum Value: Hashable {
        case holder([UInt8], isReserved: Bool)
        case version(Int64)
    }

    /// By bytes: two spellings of one text are two customers.
    private var values: [[UInt8]: [(offset: Int64, value: Value?)]] = [:]
    private var questions: [Question] = []
    /// Where the groups stood, and when that was seen first.
    private var committed: [TopicPartition: [(time: Int64, next: Int64)]] = [:]

    /// Whatever can be asked about and is not unheard of.
    func question(_ dice: inout Dice) -> Question? { dice.pick(questions) }

    /// What came of a record.
    mutating func note(_ question: Question, _ value: Value?, at offset: Int64) {
        let key = Self.key(question)
        if values[key] == nil { questions.append(question) }
        guard values[key]?.last?.value != value || values[key] == nil else { return }
        values[key, default: []].append((offset, value))
    }

    private static func key(_ question: Question) -> [UInt8] {
        switch question {
        case .key(let attribute, let value): [0] + UniqueKey(attribute: attribute, value: value).bytes
        case .customer(let id): [1] + Array(id.utf8)
        }
    }

    mutating func note(_ offsets: [TopicPartition: Int64], at time: Int64) {
        for (place, next) in offsets where committed[place]?.last?.next != next {
            committed[place, default: []].append((time, next))
        }
    }

    /// Whether a value was the log's at some moment after `since`, as far as the group had come by then.
    ///
    /// - Parameter isPutBack: whether the group's offsets may go back because somebody else has changed them. The group goes
    ///   by what it knows then: where the state is lost as well, it does all again from the first record on, and answers
    ///   from where it is.
    func was(
        _ value: Value?, _ question: Question, in place: TopicPartition, since: Int64, isPutBack: Bool
    ) -> Bool {
        let seen = committed[place] ?? []
        let before = seen.last { $0.time <= since }?.next ?? 0
        let next = isPutBack ? seen.reduce(before) { $1.time > since ? min($0, $1.next) : $0 } : before
        let changes = values[Self.key(question)] ?? []
        let first = changes.last { $0.offset < next }.flatMap(\.value)
        return value == first || changes.contains { $0.offset >= next && $0.value == value }
    }
}
