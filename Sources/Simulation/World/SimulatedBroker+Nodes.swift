package import BrokerCore

extension SimulatedBroker {
    package var nodeCount: Int32 { configuration.nodeCount }

    /// Whether somebody listens there.
    package func isUp(_ node: Int32) -> Bool { isUp && !nodesAway.contains(node) }

    /// The node dies. Others lead what it led when its session, in microseconds, is over.
    package func kill(_ node: Int32, session: Int64) {
        guard isUp(node) else { return }
        nodesAway.insert(node)
        perform(broker.killNode(node, session: session / 1000, now: now))
        onCrash?(node)
    }

    /// The node hands over what it leads, and is gone.
    package func stop(_ node: Int32) {
        guard isUp(node) else { return }
        nodesAway.insert(node)
        perform(broker.stopNode(node, now: now))
        onCrash?(node)
    }

    package func start(_ node: Int32) {
        guard isUp, nodesAway.remove(node) != nil else { return }
        perform(broker.startNode(node, now: now))
    }

    /// - Returns: How many leaders have changed.
    @discardableResult
    package func moveLeaders(_ move: LeaderMove) -> Int {
        guard isUp else { return 0 }
        let moved = broker.moveLeaders(move, now: now)
        perform(moved.actions)
        return moved.count
    }

    /// For a time, in microseconds, the node tells who leads and coordinates as it is now.
    package func keepMetadata(of node: Int32, for time: Int64) {
        if isUp { broker.keepMetadata(of: node, for: time / 1000, now: now) }
    }
}
