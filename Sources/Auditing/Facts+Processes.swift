internal import Messages

/// How far a process of the process manager has come, as its book tells.
struct ProcessFact: Sendable {
    enum End: Hashable, Sendable {
        case completed
        case compensated(LossFact?)
        case rejected(RejectionCode, LossFact?)
    }
    /// How it began.
    struct Beginning: Hashable, Sendable {
        var strategy: Strategy
        var values: KeyList
        /// 0 when there is none.
        var version: Int64
    }
    var name: Fingerprint
    var customer: Int32
    /// Version of the event that it is named after; 0 when a request's K is its name.
    var version: Int64
    /// Its last record.
    var spot: Spot
    /// Nil for a request that was refused at once.
    var beginning: Beginning?
    /// Source and id of the last command that it sent to its customer.
    var command = Fingerprint.none
    var isCommandOut = false
    var isEscalated = false
    /// The first end that stands in the book.
    var end: End?
    var endSpot = Spot(partition: -1, offset: -1)

    var isOfRequest: Bool { version == 0 }
    var isEnded: Bool { end != nil }
}

/// What is wrong with a record of the book.
struct BookFault: Sendable {
    enum What: Sendable {
        case flaws(Flaws)
        /// An end besides the first one.
        case secondEnd(first: Spot)
    }
    var what: What
    var customer: Int32
    var isOfRequest: Bool
    var spot: Spot
}
