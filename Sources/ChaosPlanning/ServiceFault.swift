/// What happens to one instance, and for how long it is out.
public enum ServiceFault: Hashable, Sendable, CustomStringConvertible {
    case kill(State, down: Int)
    case freeze(Int)
    case restart(down: Int)
    case scaleAway(Int)
    /// One more instance joins with an empty directory, for so long, and leaves.
    case visit(Int, Leaving)

    /// What a killed instance finds when it starts again.
    public enum State: String, Hashable, Sendable { case kept, lost, old }

    /// How a visitor ends: SIGTERM or SIGKILL.
    public enum Leaving: String, Hashable, Sendable { case stopped, killed }

    public var kind: FaultKind {
        switch self {
        case .kill(.kept, _): .killKeepingState
        case .kill(.lost, _): .killLosingState
        case .kill(.old, _): .killWithOldState
        case .freeze: .freezeService
        case .restart: .restart
        case .scaleAway: .scaleAway
        case .visit(_, .stopped): .visit
        case .visit(_, .killed): .visitAndDie
        }
    }

    /// How long the instance does nothing; of a visitor, how long it is there.
    public var milliseconds: Int {
        switch self {
        case .kill(_, let time), .freeze(let time), .restart(let time), .scaleAway(let time), .visit(let time, _): time
        }
    }

    public var description: String {
        switch self {
        case .kill(let state, let time): "kill state \(state.rawValue) down \(time)"
        case .freeze(let time): "freeze \(time)"
        case .restart(let time): "restart down \(time)"
        case .scaleAway(let time): "scale-away \(time)"
        case .visit(let time, let leaving): "visit \(time) \(leaving.rawValue)"
        }
    }
}
