package import Auditing
package import EventLog
package import Messages
package import Processing

/// Watches the log of a run as a `read_committed` reader sees it, and says at the first record that can't be right which
/// guarantee it breaks.
///
/// It is an outsider: it shares the decoding of messages with the services, and none of their decisions. What can be
/// told early is told early, so that the trace of a failed run ends where it went wrong; the rest waits for `atRest`,
/// where the product's auditor gives a second opinion.
///
/// *Feeding it.* Each record as soon as it is visible (below the last stable offset, not aborted), the records of a
/// partition in their order, and no record before one that became visible earlier: a cause is then always known before
/// what a service made of it. What one transaction wrote into several partitions has no such order, for one of them may
/// wait behind an older open transaction. No check here relies on it.
package final class Checker {
    package let names: DeploymentNames
    package let partitionCount: Int32
    /// What was declared, one after the other.
    let declarations: [Declaration]
    package let guarantee: DeliveryGuarantee
    let soleInvariant: AuditReport.Invariant?
    /// What the records have shown, and what the simulator has noted.
    package var sightings = Sightings()

    /// Whether each id is in the log once.
    let isExactlyOnce: Bool
    /// Whether a group has lost its offsets, or strangers have set them: what was done may then be done again, also in
    /// exactly-once.
    package var toleratesRepeats = false
    let reader: CommandReader
    private var auditor: Auditor
    /// What the auditor has not seen yet: to read everything twice is half the work of checking a run.
    private var unaudited: [LogRecord] = []
    var texts = Interner()

    // Customers' streams, by the number of the customer's id.
    var lives: [Int: Life] = [:]
    /// In the order of their registration.
    var customers: [Int] = []
    /// By key: who is confirmed with it.
    var confirmed: [Int: Confirmed] = [:]
    /// By reservation: the event that registered a customer with it.
    var registrations: [Int: AuditReport.Place] = [:]

    // The index.
    var wishes: [Wish] = []
    var wishNumbers: [Identity: Int] = [:]
    /// By the place of the record that counts.
    var wishesAt: [Spot: Int] = [:]
    var holdings: [Int: Holding] = [:]
    /// The highest version of a customer's releases of a key.
    var released: [Pair: Int64] = [:]

    // Commands and requests.
    var commands: [Command] = []
    /// By the number of K's text.
    var commandNumbers: [Int: Int] = [:]
    var commandNames: [CommandName: Int] = [:]
    /// By event id: the command whose accepted outcome names it.
    var owners: [Int: AuditReport.Place] = [:]
    /// What those who ask over HTTP may be told.
    var answers = AnswerHistory()
    /// Why a process command was refused, by its id.
    var refusals: [Int: RejectionCode] = [:]
    /// Records that nobody can take, each with its dead letters.
    var strays: [Stray] = []
    var strayNumbers: [Spot: Int] = [:]
    /// First places that records on the right partition name.
    var moved: Set<Spot> = []

    // The process manager's book.
    var processes: [Process] = []
    var processNumbers: [Int: Int] = [:]

    /// Ids of service-written records, by topic.
    private var seen: [Seen: AuditReport.Place] = [:]

    /// - Parameters:
    ///   - names: the deployment's names; records of other topics are ignored.
    ///   - declarations: what is declared in the course of the run, one after the other; not empty.
    ///   - guarantee: exactly-once forbids in the log itself what at-least-once only forbids to its readers.
    ///   - soleInvariant: leaves all to the auditor, and takes from it what it says of this one.
    package init(
        names: DeploymentNames, declarations: [Declaration], guarantee: DeliveryGuarantee,
        soleInvariant: AuditReport.Invariant? = nil
    ) {
        self.soleInvariant = soleInvariant
        self.names = names
        self.declarations = declarations
        let last = declarations.last ?? .standard()
        partitionCount = last.partitions
        self.guarantee = guarantee
        isExactlyOnce = guarantee == .exactlyOnce
        // A name that was not declared yet is sent by nobody before it is.
        reader = CommandReader(last)
        auditor = Auditor(names: names, declaration: last)
    }

    /// Takes a record that has just become visible.
    /// - Throws: when it can't be there. The checker knows nothing more of the run after that.
    package func take(_ record: LogRecord) throws(Violation) {
        guard let topic = names.topic(record.topic) else { return }
        unaudited.append(record)
        if soleInvariant != nil { return }
        switch topic {
        case .deployment: break
        case .customerCommands, .registrationRequests: try takeCommand(record, topic)
        case .processCommands: try takeProcessCommand(record)
        case .customerEvents: try takeCustomerEvent(record)
        case .commandOutcomes, .processOutcomes: try takeOutcome(record, topic)
        case .registrationEvents: try takeRegistrationEvent(record)
        case .uniqueClaims: try takeClaim(record)
        case .uniqueVerdicts: try takeAnswer(record)
        case .uniqueIndex: try takeHolder(record)
        case .customerCommandsDeadLetter, .processCommandsDeadLetter, .customerEventsDeadLetter,
            .processOutcomesDeadLetter, .registrationRequestsDeadLetter, .uniqueClaimsDeadLetter,
            .uniqueVerdictsDeadLetter:
            try takeDeadLetter(record)
        }
    }

    /// What the product's auditor finds in what was taken in so far, whether or not more is to come.
    /// - Parameter groupOffsets: the next offset that each group takes, by the topic's full name.
    package func audit(groupOffsets: [ConsumerGroup: [TopicPartition: Int64]] = [:]) -> AuditReport {
        for record in unaudited { auditor.observe(record) }
        unaudited.removeAll(keepingCapacity: true)
        return auditor.verdict(groupOffsets: groupOffsets)
    }

    var attributeCount: Int { declarations.last?.attributes.count ?? 1 }

    private struct Seen: Hashable {
        var topic: Topic
        var id: Int
    }

    /// Notes the id of a record of a topic that holds each id once, in exactly-once.
    /// - Returns: whether the id was there before, which only at-least-once allows.
    func isRepeat(_ id: String, in topic: Topic, _ row: AuditReport.Invariant, _ here: AuditReport.Place)
        throws(Violation) -> Bool
    {
        let key = Seen(topic: topic, id: texts.number(id))
        guard let first = seen[key] else {
            seen[key] = here
            return false
        }
        if isExactlyOnce, !toleratesRepeats { throw Violation(row, "\(id) is there twice", [here, first]) }
        return true
    }

    func place(_ record: LogRecord) -> AuditReport.Place {
        AuditReport.Place(topic: record.topic, partition: record.partition, offset: record.offset)
    }

    func place(_ spot: Spot) -> AuditReport.Place {
        AuditReport.Place(topic: names.name(spot.topic), partition: spot.partition, offset: spot.offset)
    }

    func isPlaced(_ record: LogRecord) -> Bool {
        record.key.map { Murmur2.partition(of: $0, count: partitionCount) == record.partition } ?? false
    }
}

extension Checker {
    /// Where a record lies.
    struct Spot: Hashable {
        var topic: Topic
        var partition: Int32
        var offset: Int64
    }

    /// What names a message, as the numbers of its texts.
    struct Identity: Hashable {
        var source: Int
        var id: Int
    }

    /// A service's message, read once: what all of them have, and their data.
    struct Envelope {
        var id: String
        var source: String
        var type: String
        var causationID: String
        var causationSource: String
        var data: JSONObject
        var object: JSONObject
    }
}

extension Checker {
    func envelope(_ record: LogRecord, _ row: AuditReport.Invariant) throws(Violation) -> Envelope {
        guard let value = record.value, let object = try? JSONObject(value), let id = object.text("id"),
            let source = object.text("source"), let type = object.text("type"), let data = object.object("data")
        else { throw Violation(row, "a record of a service can't be read", [place(record)]) }
        return Envelope(
            id: id, source: source, type: type, causationID: object.text("causationid") ?? "",
            causationSource: object.text("causationsource") ?? "", data: data, object: object)
    }

    func body<Body: MessageBody>(
        _: Body.Type, of envelope: Envelope, _ record: LogRecord, _ row: AuditReport.Invariant
    ) throws(Violation) -> Body {
        do throws(MessageProblem) { return try Body(type: envelope.type, data: envelope.data) } catch {
            throw Violation(row, "\(envelope.id) can't be read: \(error)", [place(record)])
        }
    }

    /// What holds for every record that a service writes about a customer.
    func check(
        _ envelope: Envelope, _ record: LogRecord, key: [UInt8], source: String, _ row: AuditReport.Invariant
    ) throws(Violation) {
        if envelope.source != source {
            throw Violation(row, "\(envelope.id) is of \(envelope.source)", [place(record)])
        }
        if record.key != key { throw Violation(row, "\(envelope.id) has another key", [place(record)]) }
        if !isPlaced(record) { throw Violation(row, "\(envelope.id) is on another partition", [place(record)]) }
    }

    func identity(_ source: String, _ id: String) -> Identity {
        Identity(source: texts.number(source), id: texts.number(id))
    }
}
