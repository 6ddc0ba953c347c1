public import Messages

/// What an operator, or time, does to a group's offsets while it has no members.
public struct GroupFault: Hashable, Sendable, CustomStringConvertible {
    public var group: ConsumerGroup
    public var change: Change
    /// How long the group's service stays away.
    public var milliseconds: Int
    public var seed: Int

    /// All offsets of the group go; or those of some partitions, by the seed, are set.
    public enum Change: String, Hashable, Sendable { case deleted, back, end }

    public var kind: FaultKind {
        switch change {
        case .deleted: .deleteOffsets
        case .back: .setOffsetsBack
        case .end: .setOffsetsToEnd
        }
    }

    public var description: String {
        "offsets of \(group.rawValue) \(change.rawValue), down \(milliseconds), seed \(seed)"
    }
}

/// A consumer that is none of ours: it joins a group for a time, and commits offsets for what it is given.
public struct Stranger: Hashable, Sendable, CustomStringConvertible {
    public var group: ConsumerGroup
    public var milliseconds: Int
    public var seed: Int

    public var description: String { "stranger in \(group.rawValue) for \(milliseconds), seed \(seed)" }
}

/// What a deployment must not go on with.
public enum DeploymentFault: Hashable, Sendable, CustomStringConvertible {
    /// One topic has a partition more than it had.
    case partitionAdded(Topic)
    /// A topic is deleted and made again, empty.
    case recreated(Topic)

    public var kind: FaultKind {
        switch self {
        case .partitionAdded: .addPartitions
        case .recreated: .recreateTopic
        }
    }

    public var topic: Topic {
        switch self {
        case .partitionAdded(let topic), .recreated(let topic): topic
        }
    }

    /// The services that must stop. Nobody may go on with other partitions than declared; a topic that is made anew is
    /// noticed by those that take it as an input.
    public var services: [ServiceName] {
        switch self {
        case .partitionAdded: ServiceName.allCases
        case .recreated(let topic):
            ServiceName.allCases.filter { $0.groups.contains { $0.inputs.contains(topic) } }
        }
    }

    /// The exit code that is asked for: wrong configuration, or an invariant that is gone.
    public var exitCode: Int32 {
        switch self {
        case .partitionAdded: 64
        case .recreated: 70
        }
    }

    public var description: String {
        switch self {
        case .partitionAdded(let topic): "a partition added to \(topic.rawValue)"
        case .recreated(let topic): "\(topic.rawValue) deleted and made again"
        }
    }
}
