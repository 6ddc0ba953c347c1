internal import BrokerCore
internal import NIOCore

extension BrokerEngine {
    var nodeCount: Int32 { broker.configuration.nodeCount }

    func isNodeUp(_ id: Int32) -> Bool { broker.nodeViews.contains { $0.id == id && $0.condition == .up } }

    /// - Parameter session: Milliseconds; nil for what the broker was set up with.
    func killNode(_ id: Int32, session: Int64?) {
        perform(broker.killNode(id, session: session, now: clock.now))
    }

    func stopNode(_ id: Int32) { perform(broker.stopNode(id, now: clock.now)) }

    func startNode(_ id: Int32) { perform(broker.startNode(id, now: clock.now)) }

    /// - Returns: How many leaders have changed.
    func moveLeaders(_ move: LeaderMove) -> Int {
        let moved = broker.moveLeaders(move, now: clock.now)
        perform(moved.actions)
        return moved.count
    }

    func keepMetadata(of id: Int32, for milliseconds: Int64) {
        broker.keepMetadata(of: id, for: milliseconds, now: clock.now)
    }
}
