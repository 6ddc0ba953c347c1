internal import Crypto
public import EventLog
public import Messages

/// Looks through dead letters, and tells repeats.
///
/// In `at-least-once` a record may be put aside twice, and two services may put the same record aside. A repeat has
/// the same origin, the same service, and the same key and value. The latter because a topic that was deleted and made
/// anew counts its offsets from 0 again, while its dead letters are still there.
public struct DeadLetterBox: Sendable {
    /// Dead letters that are one.
    public struct Entry: Hashable, Sendable {
        /// The first of them.
        public var letter: DeadLetter
        /// How many there are.
        public var count: Int
    }

    private struct Identity: Hashable {
        var origin: RecordPlace
        var service: String
        var content: SHA256.Digest
    }

    private struct Return: Hashable {
        var from: RecordPlace
        var content: SHA256.Digest
    }

    private let names: DeploymentNames
    private let valueLimit: Int
    private var taken: [Entry] = []
    private var indices: [Identity: Int] = [:]
    private var returns: Set<Return> = []

    /// - Parameter valueLimit: how many bytes of each value to keep, to be shown.
    public init(names: DeploymentNames, valueLimit: Int = 0) {
        self.names = names
        self.valueLimit = valueLimit
    }

    /// Takes a record; those of each partition in their order. One of another topic is none of ours.
    public mutating func take(_ record: LogRecord) {
        guard let letter = DeadLetter(record, names: names, valueLimit: valueLimit) else { return }
        if let from = letter.replayedFrom { returns.insert(Return(from: from, content: letter.content)) }
        // What does not tell its origin is like nothing else.
        let identity = Identity(
            origin: letter.origin ?? letter.place, service: letter.service, content: letter.content)
        if let index = indices[identity] {
            taken[index].count += 1
        } else {
            indices[identity] = taken.count
            taken.append(Entry(letter: letter, count: 1))
        }
    }

    /// All of them, the newest last.
    public var entries: [Entry] {
        taken.sorted { left, right in
            let (leftTime, rightTime) = (left.letter.time?.microseconds ?? 0, right.letter.time?.microseconds ?? 0)
            return (leftTime, left.letter.place) < (rightTime, right.letter.place)
        }
    }

    /// Whether a dead letter was replayed and is back as another one, which stands for it from then on.
    public func isBack(_ letter: DeadLetter) -> Bool {
        // The header alone is no proof: anyone can write it.
        returns.contains(Return(from: letter.place, content: letter.content))
    }

    /// Whether two dead letters are of one record: repeats, or put aside by two services.
    static func sameRecord(_ left: DeadLetter, _ right: DeadLetter) -> Bool {
        left.origin == right.origin && left.content == right.content
    }
}

/// Which dead letters are wanted.
public struct DeadLetterFilter: Hashable, Sendable {
    /// The topic that they were put aside from; nil for any.
    public var input: Topic?
    public var reason: String?
    /// Put aside then or later. One whose time is unknown is not left out.
    public var since: Timestamp?

    public init(input: Topic? = nil, reason: String? = nil, since: Timestamp? = nil) {
        self.input = input
        self.reason = reason
        self.since = since
    }

    public func wants(_ letter: DeadLetter) -> Bool {
        if let input, letter.input != input { return false }
        if let reason, letter.reason != reason { return false }
        if let since, let time = letter.time, time < since { return false }
        return true
    }

    /// The input topic that a user means: its name or that of its dead letters, with the deployment's prefix or without.
    public static func input(named text: String, in names: DeploymentNames) -> Topic? {
        guard let topic = names.topic(text) ?? Topic(rawValue: text) else { return nil }
        return topic.inputOfDeadLetter ?? (topic.deadLetter == nil ? nil : topic)
    }
}
