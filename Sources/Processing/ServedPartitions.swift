public import Messages

/// Which partitions may be answered from: those that the worker works on, for as long as nobody else can have them.
///
/// A member that its group has put out knows nothing of it where it was frozen, or is cut off; whoever has its partitions
/// then goes on with them, and what the old one knows is of the past. So what counts is when it last *began* to commit
/// something that was taken: none is taken of one that was put out. Heartbeats are sent at least twice in a session, so for
/// half of a session from then on it can't be.
public struct ServedPartitions: Hashable, Sendable {
    /// What there is to say of one partition.
    public enum Standing: Hashable, Sendable {
        /// It may be answered from.
        /// - Parameter change: another number when the partition was anybody else's in between.
        case served(change: Int)
        case catchingUp
        /// The group gave it to somebody else.
        case elsewhere
        /// The group has not been heard for too long.
        case uncertain
    }

    private var standing = WorkerStanding(isMember: false)
    private var changes = 0
    private var beganAt: Timestamp?
    private var provedAt: Timestamp?
    /// For how long a commit shows that nobody else has the partitions.
    public let term: Duration

    /// - Parameter term: half of the session at most.
    public init(term: Duration) { self.term = term }

    public mutating func stand(_ standing: WorkerStanding) {
        if standing.owned != self.standing.owned || standing.isMember != self.standing.isMember {
            changes += 1
            // What was committed before says nothing of what was given since.
            provedAt = nil
        }
        self.standing = standing
    }

    /// Something is going to be committed.
    public mutating func proving(at time: Timestamp) { beganAt = time }

    /// It was.
    public mutating func proved() { provedAt = beganAt }

    public func standing(of partition: Int32, at now: Timestamp) -> Standing {
        if standing.isMember, standing.takenOver.contains(partition) { return .catchingUp }
        guard standing.isMember else { return .uncertain }
        guard standing.owned.contains(partition) else { return .elsewhere }
        // A clock that was put back tells nothing.
        guard let provedAt, provedAt <= now, now < provedAt.advanced(by: term) else { return .uncertain }
        return .served(change: changes)
    }
}
