package import Messages

/// What a killed process finds when it is started again.
package enum StateFate: String, Hashable, Sendable, CaseIterable {
    case kept, lost
    /// The copy that was taken last.
    case rolledBack = "rolled-back"
}

/// What somebody else makes of a group's offsets.
package enum OffsetChange: String, Hashable, Sendable, CaseIterable {
    /// By time, or by hand.
    case deleted
    /// To the beginning of the log, half the way back, a little forwards, or to the end of the log.
    case begin, back, forward, end
}

/// Something that goes wrong, and when. Planned before the run, so that a failing run can be made again with less of it.
package struct PlannedFault: Hashable, Sendable {
    package enum Trigger: Hashable, Sendable {
        /// Microseconds after the start.
        case time(Int64)
        /// When an instance comes to that moment of its so-manieth action of a kind, counted from 1 over all its
        /// processes.
        case action(slot: Int, ActionKind, ActionMoment, number: Int)
    }

    /// All times in microseconds.
    package enum Deed: Hashable, Sendable {
        /// SIGKILL; started again after the downtime.
        case kill(slot: Int, downtime: Int64, StateFate)
        /// SIGSTOP, and SIGCONT after the time.
        case freeze(slot: Int, Int64)
        /// Frozen; a new process takes its place and name elsewhere, and is there when the old one wakes up.
        case replace(slot: Int, frozen: Int64, StateFate)
        /// SIGTERM; started again after the downtime.
        case stop(slot: Int, downtime: Int64)
        /// All instances of a service are away for that long.
        case outage(Service, Int64)
        /// The broker's process is killed after so many more writes and answers; started again after the downtime.
        case crashBroker(afterActions: Int, downtime: Int64)
        /// Other brokers coordinate from now on, without what the old ones had in memory.
        case moveCoordinators(CoordinatorKind)
        /// A node of the broker dies, with its session as long as that; started again after the downtime.
        case killNode(Int32, session: Int64, downtime: Int64)
        /// A node hands over and stops; started again after the downtime.
        case stopNode(Int32, downtime: Int64)
        /// Leaders and coordinators move to other nodes.
        case moveLeaders
        /// A node tells old metadata for that long.
        case keepMetadata(node: Int32, Int64)
        /// The next write to the local store fails.
        case failStore(slot: Int)
        /// The instance's clock jumps.
        case jumpClock(slot: Int, Int64)
        /// A copy of the state directory is taken, for those who come back with it.
        case backUp(slot: Int)
        /// Somebody who is none of ours joins the group, commits what it reads, and leaves after that time.
        case letIn(ConsumerGroup, Int64)
        /// All instances of the group are killed, and when the group has no members any more, its offsets are changed.
        case changeOffsets(ConsumerGroup, OffsetChange, StateFate)
    }

    package var trigger: Trigger
    package var deed: Deed

    package init(_ trigger: Trigger, _ deed: Deed) {
        self.trigger = trigger
        self.deed = deed
    }
}

extension PlannedFault: CustomStringConvertible {
    package var description: String { "\(trigger): \(deed)" }
}

extension PlannedFault.Trigger: CustomStringConvertible {
    package var description: String {
        switch self {
        case .time(let time): "at \(seconds(time))"
        case .action(let slot, let kind, let moment, let number):
            "\(moment.rawValue) action \(kind.rawValue) \(number) of instance \(slot)"
        }
    }
}

extension PlannedFault.Deed: CustomStringConvertible {
    package var description: String {
        switch self {
        case .kill(let slot, let downtime, let state):
            "instance \(slot) is killed, away for \(seconds(downtime)), state \(state.rawValue)"
        case .freeze(let slot, let time): "instance \(slot) freezes for \(seconds(time))"
        case .replace(let slot, let time, let state):
            "instance \(slot) freezes for \(seconds(time)) and is replaced, state \(state.rawValue)"
        case .stop(let slot, let downtime): "instance \(slot) is stopped, away for \(seconds(downtime))"
        case .outage(let service, let time): "\(service.rawValue) is away for \(seconds(time))"
        case .crashBroker(let count, let downtime):
            "the broker is killed after \(count) more steps, away for \(seconds(downtime))"
        case .moveCoordinators(let kind): "the coordinators of \(kind.rawValue) fail over"
        case .killNode(let node, let session, let downtime):
            "node \(node) is killed, its session \(seconds(session)), away for \(seconds(downtime))"
        case .stopNode(let node, let downtime): "node \(node) is stopped, away for \(seconds(downtime))"
        case .moveLeaders: "leaders and coordinators move"
        case .keepMetadata(let node, let time): "node \(node) tells old metadata for \(seconds(time))"
        case .failStore(let slot): "the disk of instance \(slot) fails once"
        case .jumpClock(let slot, let time): "the clock of instance \(slot) jumps by \(seconds(time))"
        case .backUp(let slot): "the state of instance \(slot) is copied"
        case .letIn(let group, let time): "a stranger is in \(group.rawValue) for \(seconds(time))"
        case .changeOffsets(let group, let change, let state):
            "\(group.rawValue) is away, its offsets are changed: \(change.rawValue); state \(state.rawValue)"
        }
    }
}

/// Microseconds as seconds with three digits.
func seconds(_ microseconds: Int64) -> String {
    let sign = microseconds < 0 ? "-" : ""
    let magnitude = microseconds.magnitude
    return "\(sign)\(magnitude / 1_000_000).\(String(1_000 + magnitude / 1_000 % 1_000).dropFirst()) s"
}
