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
        markers.forget(idShards)
        run(groups.move(groupShards, now: now), &step)
        run(transactions.move(idShards, now: now), &step)
        answerFetches(&step)
        note(step.actions)
        return step.actions
    }
}
