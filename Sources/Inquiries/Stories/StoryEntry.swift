internal import Customers
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
            case document(String)
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

    /// All documents that it names.
    var documents: [String] {
        details.compactMap { if case .document(let document) = $0.value { document } else { nil } }
    }

    func names(_ document: String) -> Bool { documents.contains { $0.isExactly(document) } }
}

extension StoryEntry {
    mutating func tell(_ name: String, _ text: String?) {
        if let text { details.append(Detail(name, .text(text))) }
    }

    mutating func tell(_ name: String, _ number: Int64?) {
        if let number { details.append(Detail(name, .number(number))) }
    }

    mutating func tell(_ name: String, document: String?) {
        if let document { details.append(Detail(name, .document(document))) }
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
        case .documentClaims: 5
        case .documentEvents: 6
        case .documentIndex: 7
        case .processCommands: 8
        case .processOutcomes: 9
        case .customerCommandsDeadLetter, .processCommandsDeadLetter, .customerEventsDeadLetter,
            .processOutcomesDeadLetter, .registrationRequestsDeadLetter, .documentClaimsDeadLetter,
            .documentEventsDeadLetter:
            10
        }
    }

    /// Whether its records are keyed by the customer's id; the others are keyed by the document.
    var isKeyedByCustomer: Bool {
        self != .deployment && self != .documentClaims && self != .documentIndex && !isDeadLetter
    }
}
