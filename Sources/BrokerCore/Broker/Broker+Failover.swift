internal import EventLog

extension Broker {
    /// Other brokers coordinate these shards from now on: what their coordinators had in memory is gone (joins and
    /// assignments that wait, generations that were never stable, markers on their way), and the next ones read what was
    /// journaled. Until they have (`loadTime`) they refuse what is asked about these shards.
    ///
    /// - Parameters:
    ///   - groups: Shards of groups (``CoordinatorShard/of(_:)`` the group's id).
    ///   - transactionalIDs: Shards of transactional ids.
    public mutating func moveCoordinators(
        groups groupShards: Set<Int> = CoordinatorShard.all, transactionalIDs idShards: Set<Int> = CoordinatorShard.all,
        now: Int64
    ) -> [BrokerAction] {
        var step = Step(now: now)
        takeOver(groupShards, idShards, &step)
        answerFetches(&step)
        note(step.actions)
        return step.actions
    }

    mutating func takeOver(_ groupShards: Set<Int>, _ idShards: Set<Int>, _ step: inout Step) {
        markers.forget(idShards)
        run(groups.move(groupShards, now: step.now), &step)
        run(transactions.move(idShards, now: step.now), &step)
    }

    /// The coordinators of these shards are dead, and nobody has taken over.
    mutating func suspend(_ groupShards: Set<Int>, _ idShards: Set<Int>, _ step: inout Step) {
        markers.forget(idShards)
        run(groups.suspend(groupShards, now: step.now), &step)
        transactions.suspend(idShards)
    }
}
