internal import Messages

/// Where a record lies in its topic.
struct Spot: Hashable, Sendable, Comparable {
    var partition: Int32
    var offset: Int64

    static func < (left: Spot, right: Spot) -> Bool {
        (left.partition, left.offset) < (right.partition, right.offset)
    }
}

/// What every fact of a service-written topic tells about its record.
struct RecordFact: Sendable {
    var spot: Spot
    /// Of source and id: the message's identity.
    var identity: Fingerprint
    /// Of causation source and id.
    var cause: Fingerprint
    /// Of type and data, in the bytes that we would write.
    var content: Fingerprint
    var flaws: Flaws
}

/// What is wrong with a record by itself.
struct Flaws: OptionSet, Sendable {
    var rawValue: UInt8
    /// The key is not what the data says.
    static let key = Flaws(rawValue: 1)
    /// The partition is not the key's.
    static let partition = Flaws(rawValue: 2)
    /// The id is not the one that the contract derives.
    static let id = Flaws(rawValue: 4)
    /// The source is not the service that writes this topic.
    static let source = Flaws(rawValue: 8)
    /// The cause is not the message that it follows from.
    static let cause = Flaws(rawValue: 16)
    /// It holds a command that its process does not send.
    static let content = Flaws(rawValue: 32)

    var text: String {
        var parts: [String] = []
        if contains(.key) { parts.append("has another key than its data says") }
        if contains(.partition) { parts.append("is on another partition than its key's") }
        if contains(.id) { parts.append("has another id than the contract gives it") }
        if contains(.source) { parts.append("has another source than the service that writes this topic") }
        if contains(.cause) { parts.append("has another cause than the contract gives it") }
        if contains(.content) { parts.append("holds a command that is not its process's") }
        return parts.joined(separator: ", ")
    }
}

/// An event of a customer.
struct StreamFact: Sendable {
    enum Kind: Sendable {
        case registeredPending, registeredConfirmed, confirmed, unregisteredByRequest, unregisteredAsDuplicate
        case changeStarted, changed, changeRejected
        /// Of a type that this version does not know.
        case unknown

        var isUnregistration: Bool { self == .unregisteredByRequest || self == .unregisteredAsDuplicate }
        /// Whether its document is the customer's for good from here on.
        var isConfirmation: Bool { self == .confirmed || self == .registeredConfirmed || self == .changed }
        /// Whether it asks for a verdict on its document, which a process brings about.
        var asksForVerdict: Bool { self == .registeredPending || self == .changeStarted }
        /// Whether a client's command causes it; the others follow from the process manager's.
        var isCausedByClient: Bool { asksForVerdict || self == .unregisteredByRequest }
    }
    var record: RecordFact
    var customer: Int32
    var document: Int32
    /// Of a change: the document that is given up for `document`, or was wanted besides it. Negative when there is none.
    var otherDocument: Int32
    var version: Int64
    var kind: Kind
    /// Negative when there is none.
    var heldBy: Int32
    var reservation: Fingerprint
}

/// What claims and answers of the index refer to.
struct ReferenceFact: Hashable, Sendable {
    var document: Int32
    var customer: Int32
    var reservation: Fingerprint
    /// 0 when there is none.
    var version: Int64
    var purpose: ClaimPurpose?
    /// From when the document can be taken again, in microseconds.
    var reusableFrom: Int64

    static let atOnce = Int64.min
    static let never = Int64.max
}

/// A wish to the index.
struct ClaimFact: Sendable {
    /// What it follows from, as its source and its id tell.
    enum Stem: Sendable {
        /// An event of the customer: what it wants, what it gives up, what it no longer wants besides.
        case claim, release, wantedRelease
        /// A request's process.
        case reserve, requestRelease
        /// They tell nothing.
        case unknown

        var isOfEvent: Bool { self == .claim || self == .release || self == .wantedRelease }
    }
    var record: RecordFact
    var reference: ReferenceFact
    var kind: DocumentClaim.Kind
    var stem: Stem
    /// Its own time, in microseconds.
    var time: Int64
}

/// An answer of the index.
struct AnswerFact: Sendable {
    var record: RecordFact
    var reference: ReferenceFact
    var kind: DocumentEvent.Kind
    var heldBy: Int32
}

/// An entry of the served index, or that there is none.
struct HolderFact: Sendable {
    var spot: Spot
    var document: Int32
    /// Negative for a tombstone.
    var customer: Int32
    var isReserved: Bool
    var reservation: Fingerprint
    var position: Int64
    var flaws: Flaws
}

/// A record that asks for something, or that should have.
struct CommandFact: Sendable {
    enum Standing: Sendable {
        /// It is to be answered here.
        case answerable
        /// Nobody can be answered: it belongs into the dead letters.
        case unreadable
        /// It belongs on another partition.
        case misrouted
    }
    enum Asks: Sendable {
        case registration, change, unregistration
        /// Through a request.
        case reservation
        case other
        /// It must be refused, whatever the state.
        case refused(RejectionCode)
    }
    var spot: Spot
    var standing: Standing
    var asks: Asks
    /// Negative when the key is no customer id.
    var customer: Int32
    /// That a client asks for; negative when there is none.
    var document: Int32
    var name: CommandName
    /// Of what it says; of all of its bytes when it is misrouted.
    var hash: Fingerprint
}

/// How a command is called by what follows from it.
struct CommandName: Hashable, Sendable {
    /// Of the contract's K.
    var key: Fingerprint
    /// Of source and id, as events name their cause.
    var identity: Fingerprint

    static let none = CommandName(key: .none, identity: .none)
}

/// What a command was told.
struct OutcomeFact: Sendable {
    enum Verdict: Hashable, Sendable {
        /// With the versions of its events, if they are versions of its customer in a row.
        case accepted(first: Int64, count: Int64)
        case acceptedWithForeignEvents
        case rejected(RejectionCode)
    }
    var record: RecordFact
    var customer: Int32
    /// Of the contract's K, as the id tells it.
    var key: Fingerprint
    /// The place of the repeat that it answers, as the id tells it; nil for a first outcome.
    var repeats: Spot?
    var verdict: Verdict
    var isDuplicate: Bool
    /// Negative when there is none.
    var position: Int64
    /// Of source and id of the command that it answers.
    var command: Fingerprint
    var hash: Fingerprint
}

/// A record of a service that can't be read.
struct UnreadableFact: Sendable {
    var topic: Topic
    var spot: Spot
    var detail: String
}
