/// What happens to the broker's process.
public struct BrokerProcessFault: Hashable, Sendable {
    /// SIGKILL; SIGTERM otherwise.
    public var isKill: Bool
    public var milliseconds: Int
    /// `--sync` of the next life.
    public var sync: String
}

/// What happens to nodes of a broker that has several.
public enum NodeFault: Hashable, Sendable, CustomStringConvertible {
    /// A node is gone, and started again after a time.
    case kill(node: Int, down: Int)
    case moveLeaders(seed: Int)
    /// One after the other is stopped, and started again after a time.
    case roll(down: Int)
    /// All but one node are gone for a time.
    case loseMajority(left: Int, down: Int)
    /// A node tells old metadata for a time.
    case stale(node: Int, Int)

    public var kind: FaultKind {
        switch self {
        case .kill: .killNode
        case .moveLeaders: .moveLeaders
        case .roll: .rollNodes
        case .loseMajority: .loseMajority
        case .stale: .staleMetadata
        }
    }

    public var description: String {
        switch self {
        case .kill(let node, let time): "node \(node) killed, down \(time)"
        case .moveLeaders(let seed): "leaders moved, seed \(seed)"
        case .roll(let time): "nodes rolled, each down \(time)"
        case .loseMajority(let node, let time): "only node \(node) left for \(time)"
        case .stale(let node, let time): "node \(node) tells old metadata for \(time)"
        }
    }
}

/// A fault as the broker's control endpoint takes it.
public struct InjectedFault: Hashable, Sendable {
    public var kind: String
    public var api: String?
    public var clientID: String?
    public var count = 1
    public var code: Int?
    public var milliseconds: Int?
    public var side: String?

    public var json: String {
        var members = ["\"kind\":\"\(kind)\"", "\"count\":\(count)"]
        if let api { members.append("\"api\":\"\(api)\"") }
        if let clientID { members.append("\"clientId\":\"\(clientID)\"") }
        if let code { members.append("\"code\":\(code)") }
        if let milliseconds { members.append("\"milliseconds\":\(milliseconds)") }
        if let side { members.append("\"on\":\"\(side)\"") }
        return "{\(members.joined(separator: ","))}"
    }
}
