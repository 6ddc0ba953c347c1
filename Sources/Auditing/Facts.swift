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
    /// Its values are not those of declared attributes, in their order.
    static let values = Flaws(rawValue: 64)
    /// It has no position.
    static let position = Flaws(rawValue: 128)

    var text: String {
        var parts: [String] = []
        if contains(.key) { parts.append("has another key than its data says") }
        if contains(.partition) { parts.append("is on another partition than its key's") }
        if contains(.id) { parts.append("has another id than the contract gives it") }
        if contains(.source) { parts.append("has another source than the service that writes this topic") }
        if contains(.cause) { parts.append("has another cause than the contract gives it") }
        if contains(.content) { parts.append("holds a command that is not its process's") }
        if contains(.values) { parts.append("has not all required values, in the declared order") }
        if contains(.position) { parts.append("has no position") }
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
        /// Whether its values are the customer's for good from here on.
        var isConfirmation: Bool { self == .confirmed || self == .registeredConfirmed || self == .changed }
        /// Whether a process answers it: a verdict is waited for, or nothing but a confirmation.
        var beginsProcess: Bool { self == .registeredPending || self == .changeStarted }
        /// Whether a client's command causes it; the others follow from the process manager's.
        var isCausedByClient: Bool { beginsProcess || self == .unregisteredByRequest }
    }
    var record: RecordFact
    var customer: Int32
    /// Those that the customer has, or gives up with its unregistration.
    var values: KeyList
    /// What is wanted, was given up for that, or was not had.
    var others: KeyList
    var version: Int64
    var kind: Kind
    var loss: LossFact?
    var reservation: Fingerprint
    /// From when values that it gives up can be taken again; by attribute, none where that is at once.
    var reuse: [ReuseFact]
}

/// From when the value of an attribute can be taken again, in microseconds.
struct ReuseFact: Hashable, Sendable {
    var attribute: Int32
    var from: Int64

    static let atOnce = Int64.min
    static let never = Int64.max
}

/// What somebody did not get.
struct LossFact: Hashable, Sendable {
    var attribute: Int32
    /// Negative while nobody may take it yet.
    var heldBy: Int32
}

/// A wish to the index.
struct ClaimFact: Sendable {
    enum Kind: Sendable { case claim, reserve, release }
    /// What it follows from, as its source and its id tell.
    enum Stem: Sendable {
        /// An event of the customer: what it wants, what it gives up, what it no longer wants besides.
        case claim, release, wantedRelease
        /// A request's process.
        case reserve, requestRelease
        /// They tell nothing.
        case unknown
    }
    var record: RecordFact
    var kind: Kind
    var customer: Int32
    /// The key that is asked for, or given back.
    var key: Int32
    /// All that are asked for, along the whole way; of a release the one.
    var keys: KeyList
    /// The place of `key` among them, from 1.
    var at: Int32
    var reservation: Fingerprint
    /// 0 when there is none.
    var version: Int64
    var purpose: ClaimPurpose?
    /// Of a release, in microseconds.
    var reusableFrom: Int64
    var stem: Stem
    /// The id of the claim that the slip began with; of a release its own.
    var slip: Fingerprint
    /// Its own time, in microseconds.
    var time: Int64

    /// Whether two claims ask for the same by the same.
    func isSameSlip(as other: ClaimFact) -> Bool {
        kind == other.kind && customer == other.customer && keys == other.keys && reservation == other.reservation
            && version == other.version && purpose == other.purpose && slip == other.slip
    }
}

/// An answer of the index.
struct AnswerFact: Sendable {
    enum Kind: String, Sendable {
        case claimed = "KeysClaimed"
        case reserved = "KeysReserved"
        case released = "KeyReleased"
        case claimRejected = "KeysClaimRejected"
        case reservationRejected = "KeysReservationRejected"
    }
    var record: RecordFact
    var kind: Kind
    var customer: Int32
    var keys: KeyList
    var reservation: Fingerprint
    var version: Int64
    var purpose: ClaimPurpose?
    var loss: LossFact?
    /// The id of the claim that the slip began with, or of the release, as the answer's own id tells.
    var slip: Fingerprint
}

/// An entry of the served index, or that there is none.
struct HolderFact: Sendable {
    var spot: Spot
    var key: Int32
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
    /// What a client asks for.
    var values: KeyList
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
