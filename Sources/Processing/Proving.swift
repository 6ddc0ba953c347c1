internal import EventLog
internal import Messages

/// How a worker stands with its group and its log.
public struct WorkerStanding: Hashable, Sendable {
    /// Whether it belongs to the group, and has heard what it is given.
    public var isMember: Bool
    /// Partitions that it works on.
    public var owned: [Int32]
    /// Partitions that it was given, and that it is still taking over.
    public var takenOver: [Int32]
    /// Why nothing could be written, or taken over, the last time; nil when it could.
    public var trouble: String?

    public init(isMember: Bool, owned: [Int32] = [], takenOver: [Int32] = [], trouble: String? = nil) {
        self.isMember = isMember
        self.owned = owned
        self.takenOver = takenOver
        self.trouble = trouble
    }

    /// Why the worker is not ready; nil when it is.
    public var obstacle: String? {
        if !isMember { return "no answer from the group yet" + (trouble.map { ": \($0)" } ?? "") }
        if !takenOver.isEmpty {
            let partitions = takenOver.map { String($0) }.joined(separator: ",")
            return "catching up partitions \(partitions)" + (trouble.map { ": \($0)" } ?? "")
        }
        return trouble.map { "the last batch could not be committed: \($0)" }
    }
}

/// Whether a batch could be committed is known from the last one that was. Where no input comes, it is found out: by a
/// commit that changes nothing.
extension WorkerMachine {
    func tellStanding() {
        let now = WorkerStanding(
            isMember: isMember, owned: owned.numbers, takenOver: takeOver.partitions, trouble: trouble)
        guard now != standing else { return }
        standing = now
        world.observer.standing(now)
    }

    /// Something was committed, or could have been.
    func proved() {
        failures = 0
        trouble = nil
        proveAt = world.now().advanced(by: configuration.proveInterval)
        world.observer.proved()
    }

    /// `at-least-once`: this says where the group stands, too, for all partitions. An older commit that was late on a
    /// connection that was lost may have put the group back. Nothing would be read again before the partitions change
    /// hands, and read again is harmless; but the group would seem to be behind for as long as nothing new comes.
    func proveIfDue(then: @escaping () -> WorkerAction) -> WorkerAction {
        guard isMember, producer.isOpen, world.now() >= proveAt else { return then() }
        world.observer.proving()
        guard let fence = owned.numbers.first.flatMap(owned.fence) else {
            return takeOver.isEmpty ? proveByQuestion { self.take($0, then: then) } : then()
        }
        // One partition alone: what a transaction costs goes by their number.
        return commitAlone(guarantee == .exactlyOnce ? fence.all : owned.next, then: then)
    }

    /// Commits offsets with nothing else.
    func commitAlone(_ offsets: [TopicPartition: Int64], then: @escaping () -> WorkerAction) -> WorkerAction {
        switch guarantee {
        case .exactlyOnce: transact([], offsets: offsets) { self.take($0, then: then) }
        case .atLeastOnce: commit(offsets, []) { self.take($0, then: then) }
        }
    }

    private func take(_ outcome: Written, then: () -> WorkerAction) -> WorkerAction {
        switch outcome {
        case .written, .logMoved:
            proved()
            return then()
        case .failed(let error, let producerIsSound):
            return failed(error, producerIsSound: producerIsSound, of: nil)
        }
    }

    /// A member that was given nothing has nothing to commit.
    private func proveByQuestion(_ then: @escaping (Written) -> WorkerAction) -> WorkerAction {
        guard let topic = core.group.inputs.first else { return then(.written([])) }
        let place = TopicPartition(topic: configuration.names.name(topic), partition: 0)
        return .watermarks([place], within: configuration.questionTime) { result in
            switch result {
            case .success: then(.written([]))
            case .failure(let error): then(.failed(error, producerIsSound: true))
            }
        }
    }
}
