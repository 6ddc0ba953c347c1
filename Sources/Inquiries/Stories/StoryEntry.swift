internal import DeadLetters
internal import EventLog
internal import Messages

/// One record of a story: what it is, and what it follows from. Of its content, what can be told; no names of people.
struct StoryEntry: Sendable {
    /// What is told besides type and id.
    struct Detail: Hashable, Sendable {
        enum Value: Hashable, Sendable {
            case text(String)
            case number(Int64)
            case key(UniqueKey)
        }
        var name: String
        var value: Value

        init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }
    }

    /// What the present state is told by.
    enum Fact: Hashable, Sendable {
        case event(CustomerEvent)
        case process(RegistrationEvent.Kind)
        case outcome(Outcome.Result)
        case other
    }

    /// How it stands to other records.
    enum Note: String, Hashable, Sendable {
        /// The same message again.
        case repeated = "repeat"
        /// The same name with another content: void, or refused.
        case differing = "repeat with another content"
        /// On another partition than its key's: not decided there, but moved.
        case misrouted
    }

    var place: RecordPlace
    var topic: Topic
    /// The message's own time; of what clients and nobody wrote, Kafka's. Nil when there is none.
    var time: Timestamp?
    /// When the record was written, by Kafka: a message that is sent again keeps its own time.
    var written: Timestamp?
    var type: String
    var id: String
    var source: String
    /// Empty where there is none.
    var customerID = ""
    var details: [Detail] = []
    var process: String?
    var causationID: String?
    var causationSource: String?
    /// Where what it follows from lies, when it names a place.
    var causePlace: RecordPlace?
    var fact = Fact.other
    /// Of what it says, without its time.
    var content: Fingerprint
    var note: Note?

    /// The message's identity among those of its topic.
    var identity: Fingerprint { Fingerprint(topic.rawValue, customerID, source, id) }

    /// All keys that it names.
    var keys: [UniqueKey] { details.compactMap { if case .key(let key) = $0.value { key } else { nil } } }
}

extension StoryEntry {
    mutating func tell(_ name: String, _ text: String?) {
        if let text { details.append(Detail(name, .text(text))) }
    }

    mutating func tell(_ name: String, _ number: Int64?) {
        if let number { details.append(Detail(name, .number(number))) }
    }

    /// Each under its attribute's name.
    /// - Parameter role: put before it, with a point.
    mutating func tell(_ keys: [UniqueKey], as role: String = "") {
        for key in keys { details.append(Detail(role + key.attribute, .key(key))) }
    }

    mutating func tell(_ changes: ValueChanges, as role: String = "") {
        for change in changes.all {
            guard let value = change.value else {
                tell(role + change.attribute, "given up")
                continue
            }
            tell([UniqueKey(attribute: change.attribute, value: value)], as: role)
        }
    }

    mutating func tell(_ loss: Loss?) {
        guard let loss else { return }
        tell("attribute", loss.attribute)
        tell("heldBy", loss.heldBy)
    }
}

extension Topic {
    /// Causes before what follows from them, as far as topics have such an order.
    var rank: Int {
        switch self {
        case .deployment, .customerCommands: 0
        case .registrationRequests: 1
        case .customerEvents: 2
        case .commandOutcomes: 3
        case .registrationEvents: 4
        case .uniqueClaims: 5
        case .uniqueVerdicts: 6
        case .uniqueIndex: 7
        case .processCommands: 8
        case .processOutcomes: 9
        case .customerCommandsDeadLetter, .processCommandsDeadLetter, .customerEventsDeadLetter,
            .processOutcomesDeadLetter, .registrationRequestsDeadLetter, .uniqueClaimsDeadLetter,
            .uniqueVerdictsDeadLetter:
            10
        }
    }

    /// Whether its records are keyed by the customer's id; the others are keyed by the unique key.
    var isKeyedByCustomer: Bool {
        self != .deployment && self != .uniqueClaims && self != .uniqueIndex && !isDeadLetter
    }
}
