package import KafkaProtocol

/// What can go wrong between clients and the broker.
package struct NetworkFaults: Hashable, Sendable {
    /// How long a message travels one way, in microseconds.
    package var delay: ClosedRange<Int64> = 50...200
    /// Per mille of requests whose connection breaks before the broker gets them.
    package var cutBefore = 0
    /// Per mille of requests whose connection breaks when the broker has done them, before the answer comes.
    package var cutAfter = 0
    /// Per mille of requests that their connection loses, and that the broker gets all the same 1 ms to 3 s later.
    package var late = 0

    package init(delay: ClosedRange<Int64> = 50...200, cutBefore: Int = 0, cutAfter: Int = 0, late: Int = 0) {
        self.delay = delay
        self.cutBefore = cutBefore
        self.cutAfter = cutAfter
        self.late = late
    }
}

/// How often what happened: a campaign in which something never happened has not tested it.
package struct NetworkCounts: Hashable, Sendable {
    package var requests = 0
    package var cutsBefore = 0
    package var cutsAfter = 0
    package var late = 0
    /// Transactional batches that were late, and were taken.
    package var lateBatches = 0
    package var refusedConnections = 0
    package var timeouts = 0
    /// Answers of nodes that do not lead, or do not coordinate, or have not enough others beside them.
    package var notLeader = 0
    package var notCoordinator = 0
    package var notEnoughReplicas = 0
}

/// Requests over connections, with delays, and what can go wrong.
///
/// Waiting requests, their callers and this hold each other. Who is done with a world kills its hosts, crashes its broker
/// and clears its timeline.
package final class Network {
    package let timeline: Timeline
    package let broker: SimulatedBroker
    /// May be changed in the middle of a run.
    package var faults: NetworkFaults
    /// Told of each request that is sent, before it is decided what becomes of it: to change the faults for it.
    package var onRequest: ((AnyRequest) -> Void)?
    package internal(set) var counts = NetworkCounts()
    var dice: Dice
    private var links: [Link] = []
    private var nextLink: Int64 = 1

    package init(timeline: Timeline, broker: SimulatedBroker, dice: Dice, faults: NetworkFaults = NetworkFaults()) {
        self.timeline = timeline
        self.broker = broker
        self.dice = dice
        self.faults = faults
        broker.onCrash = { [unowned self] node in
            for link in links where node == nil || link.node == node { link.cut() }
        }
    }

    /// A connection of the host to a node, opened when it is first used.
    package func connect(_ host: Host, to node: Int32 = 1) -> Connection {
        Connection(network: self, host: host, node: node)
    }

    func drawDelay() -> Int64 { dice.between(faults.delay.lowerBound, faults.delay.upperBound) }

    enum Fate { case arrives, cutBefore, cutAfter, late }

    func drawFate() -> Fate {
        counts.requests += 1
        let roll = dice.below(1000)
        if roll < faults.cutBefore { return .cutBefore }
        if roll < faults.cutBefore + faults.cutAfter { return .cutAfter }
        if roll < faults.cutBefore + faults.cutAfter + faults.late { return .late }
        return .arrives
    }

    func makeLink(of connection: Connection) -> Link {
        let link = Link(network: self, connection: connection, number: nextLink)
        nextLink += 1
        links.append(link)
        return link
    }

    func forget(_ link: Link) { links.removeAll { $0 === link } }
}
