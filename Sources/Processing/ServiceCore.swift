public import EventLog
public import Messages

/// What makes a service: its topics, and what it does with a record. Everything else is the runtime's.
///
/// A core is synchronous and has no world but the step that it is given. It must bear any record twice: what it has
/// seen before, it drops, or answers with the same ids.
public protocol ServiceCore: AnyObject {
    /// The group, and with it the topics that work is taken from.
    var group: ConsumerGroup { get }
    var tables: [StateTable] { get }
    /// Version of the encoding of what the tables hold. State of another version is rebuilt from the log.
    var stateVersion: Int { get }
    /// The topics whose fold the state is, in the order in which they are to be folded. They are written by this
    /// service itself; empty for a service whose state is the fold of its input.
    var memory: [Topic] { get }
    /// Inputs of which the state keeps what no memory topic tells. They are folded up to where the group stands. Empty
    /// where `memory` is: there the state follows its inputs anyway.
    var followed: [Topic] { get }
    /// The topic that decisions stand in. In `at-least-once` it is written before everything else, and checked.
    var book: Topic? { get }
    /// The compacted topics that tell others what the state is, written by this service alone, under the keys of its
    /// first input. In `at-least-once` what others write there all the same is put right.
    var served: [Topic] { get }
    /// Whether a record of the book is right only behind the one with the same key that it was decided on, and readers
    /// can't tell. In `at-least-once` it is written when that one is known to count.
    var isBookChained: Bool { get }
    /// Whether it decides by what is declared, and so must know what counts now.
    var decidesByDeclaration: Bool { get }
    /// Goes by another revision from now on.
    func adopt(_ declaration: Declaration)
    /// Decides a record of an input topic.
    func handle(_ record: LogRecord, from topic: Topic, customerID: String, in step: Step) throws(StateStoreError)
    /// Folds a record of a memory topic, or of one that is followed, into the state, without any output.
    func recall(_ record: LogRecord, from topic: Topic, in step: Step) throws(StateStoreError)
    /// Does what is due whenever there is time.
    func wake(in step: Step) throws(StateStoreError)
    /// Whether something waits for an answer whose time is over by then.
    func isOverdue(by time: Timestamp, in state: PartitionState) throws(StateStoreError) -> Bool
    /// Does what is due where no answer has come by `time`. All that the partition's inputs had then was handled.
    func judgeDeadlines(through time: Timestamp, in step: Step) throws(StateStoreError)
    /// Holds a record of a served topic, the last one of its key, against the state.
    func judge(_ record: LogRecord, from topic: Topic, by state: PartitionState) throws(StateStoreError)
        -> ServedVerdict
    /// Writes to the served topics what this record of the first input was decided to mean, under the same ids, if the
    /// state still has it so.
    func serveAgain(_ record: LogRecord, from topic: Topic, in step: Step) throws(StateStoreError)
}

/// What the last record of a key in a served topic is, by the state.
public enum ServedVerdict: Hashable, Sendable {
    /// What the state says, or nothing that the state knows of.
    case right
    /// There must be none: a tombstone is missing, with what the record that decided it asks for as headers.
    case superfluous([RecordHeader])
    /// There must be what followed from the record at this offset of the first input.
    case superseded(by: Int64)
}

extension ServiceCore {
    public var stateVersion: Int { 1 }
    public var memory: [Topic] { [] }
    public var followed: [Topic] { [] }
    public var book: Topic? { nil }
    public var isBookChained: Bool { false }
    public var decidesByDeclaration: Bool { false }
    public func adopt(_ declaration: Declaration) {}
    public func recall(_ record: LogRecord, from topic: Topic, in step: Step) throws(StateStoreError) {}
    public func wake(in step: Step) throws(StateStoreError) {}
    public func isOverdue(by time: Timestamp, in state: PartitionState) throws(StateStoreError) -> Bool { false }
    public func judgeDeadlines(through time: Timestamp, in step: Step) throws(StateStoreError) {}
    public var served: [Topic] { [] }
    public func judge(_ record: LogRecord, from topic: Topic, by state: PartitionState) throws(StateStoreError)
        -> ServedVerdict
    { .right }
    public func serveAgain(_ record: LogRecord, from topic: Topic, in step: Step) throws(StateStoreError) {}
}

/// One partition's part of a batch: its state, the time, and what goes out. Confined to the worker's thread.
public final class Step {
    public let partition: Int32
    public let partitionCount: Int32
    public let now: Timestamp
    public let names: DeploymentNames
    public var state: PartitionState
    /// Whether what is declared was looked at just now: what is not known then is not declared.
    public let knowsDeclaration: Bool
    private(set) var asksForDeclaration = false
    /// Whether the records were processed before, and only the state is to catch up: what goes out is dropped.
    var isReplay = false
    private(set) var outputs: [OutgoingRecord] = []
    /// Up to where the records that were folded answer an input.
    private(set) var answered: [Topic: Int64] = [:]
    private let observer: any ProcessingObserver
    private let service: String

    init(
        state: PartitionState, partitionCount: Int32, now: Timestamp, names: DeploymentNames, service: String,
        observer: any ProcessingObserver, knowsDeclaration: Bool = false
    ) {
        self.knowsDeclaration = knowsDeclaration
        self.partition = state.partition
        self.partitionCount = partitionCount
        self.now = now
        self.names = names
        self.state = state
        self.service = service
        self.observer = observer
    }

    private static let structured = [RecordHeader("content-type", "application/cloudevents+json; charset=UTF-8")]

    /// Writes a message of a topic that is keyed by customer id.
    public func emit<Body>(_ message: Message<Body>, to topic: Topic) {
        emit(value: message.encoded(), key: Array(message.body.subject.utf8), to: topic)
    }

    /// Writes a message under a key of its own.
    public func emit<Body>(_ message: Message<Body>, key: [UInt8], to topic: Topic) {
        emit(value: message.encoded(), key: key, to: topic)
    }

    /// Writes an encoded message.
    public func emit(value: [UInt8], key: [UInt8], to topic: Topic) {
        emit(value: value, key: key, headers: Self.structured, to: topic)
    }

    public func emitTombstone(key: [UInt8], headers: [RecordHeader], to topic: Topic) {
        emit(value: nil, key: key, headers: headers, to: topic)
    }

    private func emit(value: [UInt8]?, key: [UInt8], headers: [RecordHeader], to topic: Topic) {
        if isReplay { return }
        outputs.append(
            OutgoingRecord(
                topic: names.name(topic), partition: Murmur2.partition(of: key, count: partitionCount), key: key,
                value: value, headers: headers))
    }

    /// Has what is declared looked at, and the batch decided again: nothing of what is decided now is kept.
    public func askForDeclaration() { asksForDeclaration = true }

    /// Puts a record aside that nobody can take, with the reason and where it came from.
    public func deadLetter(_ record: LogRecord, from topic: Topic, reason: String, detail: String) {
        guard !isReplay, let destination = topic.deadLetter else { return }
        let letter = DeadLetterContent(
            of: record,
            marks: [
                RecordHeader(DeadLetterHeader.reason, reason),
                RecordHeader(DeadLetterHeader.detail, detail),
                RecordHeader(DeadLetterHeader.topic, topic.rawValue),
                RecordHeader(DeadLetterHeader.partition, String(record.partition)),
                RecordHeader(DeadLetterHeader.offset, String(record.offset)),
                RecordHeader(DeadLetterHeader.service, service),
                RecordHeader(DeadLetterHeader.time, now.description),
            ])
        outputs.append(
            OutgoingRecord(
                topic: names.name(destination), partition: record.partition, key: letter.key, value: letter.value,
                headers: letter.headers))
        count(.deadLettered, topic)
        observer.note(
            .warning, "dead letter",
            [
                "reason": reason, "detail": detail, "topic": record.topic, "partition": String(record.partition),
                "offset": String(record.offset),
            ])
    }

    /// Produces a misrouted record again, where its key belongs.
    func reroute(_ record: LogRecord, from topic: Topic, to partition: Int32) {
        if isReplay { return }
        // We never misroute, so whatever names another first place is not ours.
        var headers = record.headers.filter { $0.name != FirstPlace.headerName }
        headers.append(FirstPlace.header(of: record, in: topic))
        outputs.append(
            OutgoingRecord(
                topic: record.topic, partition: partition, key: record.key, value: record.value, headers: headers))
        count(.rerouted, topic)
    }

    /// A record that was folded answers the record right before this offset of an input.
    public func noteAnswered(_ input: Topic, before offset: Int64) {
        answered[input] = max(offset, answered[input] ?? 0)
    }

    public func count(_ event: ProcessingCount, _ topic: Topic) {
        observer.count(event, topic: topic, by: 1)
    }
}

/// Where a record was first written, when it was produced again because it was misrouted.
public enum FirstPlace {
    /// The header that a record gets when it is produced again.
    public static let headerName = "origin"

    /// `<topic>/<partition>/<offset>` of the record's first place, with the topic's name in the contract: what a
    /// deployment puts before its names must not change ids that derive from this.
    /// - Parameter topic: the one that the record was read from.
    public static func of(_ record: LogRecord, in topic: Topic) -> String {
        stated(by: record, in: topic) ?? read(record, from: topic)
    }

    /// Where it was read, whatever it says of its first place.
    public static func read(_ record: LogRecord, from topic: Topic) -> String {
        "\(topic.rawValue)/\(record.partition)/\(record.offset)"
    }

    static func header(of record: LogRecord, in topic: Topic) -> RecordHeader {
        RecordHeader(headerName, read(record, from: topic))
    }

    /// What the header says, if it is a place of the same topic; anything else is some header of the sender's.
    static func stated(by record: LogRecord, in topic: Topic) -> String? {
        guard let value = record.headers.first(where: { $0.name == headerName })?.value,
            let text = String(validating: value, as: UTF8.self)
        else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == topic.rawValue, let partition = Int32(parts[1]), partition >= 0,
            let offset = Int64(parts[2]), offset >= 0
        else { return nil }
        return "\(parts[0])/\(partition)/\(offset)"
    }
}
