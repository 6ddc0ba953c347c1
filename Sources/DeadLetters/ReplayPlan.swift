internal import EventLog
public import Messages

/// Which dead letters an operator wants to be produced again.
public enum ReplaySelection: Hashable, Sendable {
    case all
    /// Those of records that were read there.
    case origins([RecordPlace])
    case reason(String)
}

/// What may be replayed.
public enum ReplayScope: Hashable, Sendable {
    /// What clients wrote. A command or request that was decided already is known by its deduplication key.
    case clientTopics
    /// All topics. Those that services alone write have their messages from decisions, and need nothing again.
    case allTopics
}

/// Why a dead letter is not produced again.
public enum ReplayProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// It does not tell where it came from, or tells of another topic than the one whose dead letters lie there.
    case unknownOrigin
    /// The dead letter topic did not take the whole record: only its beginning is there.
    case cut(bytes: Int)
    /// Clients don't write to its topic.
    case writtenByServices(topic: String)
    /// Its topic does not have so many partitions.
    case noSuchPartition(partition: Int32, count: Int32)

    public var description: String {
        switch self {
        case .unknownOrigin: "its headers don't tell an origin that belongs to this topic"
        case .cut(let bytes):
            "it was cut: only the beginning of a record with a value of \(bytes) bytes is there; its sender must send it"
        case .writtenByServices(let topic): "services alone write to \(topic); --force replays it nevertheless"
        case .noSuchPartition(let partition, let count): "there is no partition \(partition), its topic has \(count)"
        }
    }
}

/// What is replayed: each record once, however often it was put aside.
public struct ReplayPlan: Sendable {
    /// In the order in which they were put aside.
    public private(set) var chosen: [DeadLetter] = []
    public private(set) var refused: [(letter: DeadLetter, problem: ReplayProblem)] = []
    /// Origins that were asked for and that no dead letter has.
    public private(set) var unknownOrigins: [RecordPlace] = []
    /// How many were left out because they were replayed before and are back: the newer dead letter stands for them.
    /// Without this, a record that nobody will ever be able to take would be doubled by each replay of everything.
    public private(set) var backCount = 0

    /// - Parameter input: leaves out what was put aside from another topic.
    public init(
        of box: DeadLetterBox, _ selection: ReplaySelection, input: Topic? = nil, scope: ReplayScope = .clientTopics
    ) {
        var byOrigin: [RecordPlace: [DeadLetter]] = [:]
        var found: Set<RecordPlace> = []
        for entry in box.entries {
            let letter = entry.letter
            if let input, letter.input != input { continue }
            switch selection {
            case .all: break
            case .reason(let code): if letter.reason != code { continue }
            case .origins(let origins):
                guard let origin = letter.origin, origins.contains(origin) else { continue }
                found.insert(origin)
            }
            guard let origin = letter.origin else {
                refused.append((letter, .unknownOrigin))
                continue
            }
            if byOrigin[origin, default: []].contains(where: { DeadLetterBox.sameRecord($0, letter) }) { continue }
            byOrigin[origin, default: []].append(letter)
            if let bytes = letter.cutFrom {
                refused.append((letter, .cut(bytes: bytes)))
                continue
            }
            if scope == .clientTopics, !letter.input.isWrittenByClients {
                refused.append((letter, .writtenByServices(topic: origin.topicPartition.topic)))
                continue
            }
            switch selection {
            // Who names one means it.
            case .origins: break
            case .all, .reason:
                if box.isBack(letter) {
                    backCount += 1
                    continue
                }
            }
            chosen.append(letter)
        }
        if case .origins(let origins) = selection { unknownOrigins = origins.filter { !found.contains($0) } }
    }
}
