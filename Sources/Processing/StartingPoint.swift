public import EventLog
internal import Messages

/// What is known of where a group stands in one partition of an input, when an instance takes the partition over.
public struct Evidence: Hashable, Sendable {
    /// What the group has committed, whoever did.
    public var committed: GroupOffset?
    /// What the log has.
    public var marks: Watermarks
    /// The instance's own state says that all before this offset is done. Nil when it says nothing.
    public var stored: Int64?
    /// The service's own output shows that some record right before this offset was done, by whichever instance.
    public var answered: Int64?
    /// Whether the service's own output has any record, in any partition: the group has worked.
    public var hasWorked: Bool
    /// Whether the state is the fold of this input, which is kept for ever.
    public var isFolded: Bool
    /// Whether what is trimmed away comes again by itself, if it was not answered.
    public var isSentAgain: Bool

    public init(
        committed: GroupOffset?, marks: Watermarks, stored: Int64? = nil, answered: Int64? = nil,
        hasWorked: Bool = false, isFolded: Bool = false, isSentAgain: Bool = false
    ) {
        self.committed = committed
        self.marks = marks
        self.stored = stored
        self.answered = answered
        self.hasWorked = hasWorked
        self.isFolded = isFolded
        self.isSentAgain = isSentAgain
    }

    /// The committed offset, if an instance of ours (or the operator's tool) committed it.
    private var ours: Int64? {
        committed.flatMap { OffsetMark.isOurs($0.metadata) ? $0.next : nil }
    }

    /// Where work begins.
    ///
    /// An offset of ours says that all before it is done. Somebody else's says nothing: the stranger has read records and
    /// done nothing with them. No offset says nothing either. Then the instance goes by what it knows itself. It may know
    /// less than was done, never more; what is done again changes nothing.
    public var startingPoint: StartingPoint {
        if let ours, ours > marks.high { return .beyondEnd(ours) }
        if let ours, ours >= marks.low { return .committed(ours) }
        // State that is the fold of an input which the log has no more can't be rebuilt, whatever was done.
        if isFolded {
            let known = stored ?? 0
            return known < marks.low ? .missing(max(known, ours ?? 0)..<marks.low) : .known(known)
        }
        let done = [ours, stored, answered].compactMap { $0 }.max()
        if let done, done > marks.high { return .beyondEnd(done) }
        if let stored, stored >= marks.low { return .known(stored) }
        let isWhole = marks.low == 0 || isSentAgain || done.map { $0 >= marks.low } ?? !hasWorked
        return isWhole ? .everything(marks.low) : .missing((done ?? 0)..<marks.low)
    }
}

/// Where work on a partition begins, and who says so.
public enum StartingPoint: Hashable, Sendable {
    /// Where an instance of ours said that the group stands.
    case committed(Int64)
    /// The group's offset is not ours, or there is none. The state directory says that all before this one is done.
    case known(Int64)
    /// Nobody knows how far the group has come. All that the log has is done, perhaps again.
    case everything(Int64)
    /// These offsets are trimmed away, and nothing shows that they were done.
    case missing(Range<Int64>)
    /// The group, or the state, has been at this offset, which the log does not have.
    case beyondEnd(Int64)
}
