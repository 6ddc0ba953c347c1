internal import BrokerCore
internal import Logging
internal import NIOCore

extension ServerCore {
    /// Ends a node as a machine ends that loses its power: its connections and its port close at once.
    func kill(_ node: Int32, session: Int64?) {
        logger.info("a node is killed", metadata: ["node": "\(node)"])
        engine.killNode(node, session: session)
        shut(node)
    }

    /// Ends a node as its operator ends it: others lead first.
    func stop(_ node: Int32) {
        logger.info("a node is stopped", metadata: ["node": "\(node)"])
        engine.stopNode(node)
        shut(node)
    }

    private func shut(_ node: Int32) {
        listeners.removeValue(forKey: node)?.close(promise: nil)
        closeConnections(to: node)
    }

    /// Starts a node on its own port.
    func start(_ node: Int32) -> EventLoopFuture<Void> {
        guard !engine.isNodeUp(node) else { return loop.makeSucceededVoidFuture() }
        let this = NIOLoopBound(self, eventLoop: loop)
        return listen(node).map { _ in
            this.value.logger.info("a node is started", metadata: ["node": "\(node)"])
            this.value.engine.startNode(node)
        }
    }
}
