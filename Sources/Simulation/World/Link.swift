internal import BrokerCore
internal import EventLog
internal import KafkaProtocol

/// One opened connection, from one end to the other: FIFO in both directions. The broker takes up one request at a time,
/// as Kafka does, so that an answer that has to wait holds up those behind it.
final class Link {
    private struct Arrived {
        var request: AnyRequest
        var version: Int16
        var id: Int64
        var fate: Network.Fate
    }

    /// They hold each other until the link is cut or closed.
    private let network: Network
    private let connection: Connection
    private let client: ClientInfo
    var node: Int32 { client.node }
    /// When the last message arrives that is on its way to the broker, and to the client.
    private var lastArrivalAtBroker: Int64 = 0
    private var lastArrivalAtClient: Int64 = 0
    private var queue: [Arrived] = []
    private var isBusy = false
    private var openToken: RequestToken?
    /// Whether the broker's end is gone.
    private(set) var isCut = false

    init(network: Network, connection: Connection, number: Int64) {
        self.network = network
        self.connection = connection
        client = ClientInfo(
            clientID: connection.host.name, host: "/127.0.0.1", connection: number, node: connection.node)
    }

    /// Sends a request on its way.
    func transmit(_ request: AnyRequest, version: Int16, id: Int64) {
        network.onRequest?(request)
        let arrived = Arrived(request: request, version: version, id: id, fate: network.drawFate())
        network.timeline.at(arrivalAtBroker()) { self.arrive(arrived) }
    }

    private func arrivalAtBroker() -> Int64 {
        lastArrivalAtBroker = max(lastArrivalAtBroker, network.timeline.now &+ network.drawDelay())
        return lastArrivalAtBroker
    }

    private func arrive(_ arrived: Arrived) {
        guard !isCut else { return }
        switch arrived.fate {
        case .arrives, .cutAfter:
            queue.append(arrived)
            takeUp()
        case .cutBefore:
            network.counts.cutsBefore += 1
            cut()
        case .late:
            network.counts.late += 1
            let (network, client) = (network, client)
            network.timeline.after(network.dice.between(1_000, 3_000_000)) {
                let place = arrived.request.transactionalPlace
                let end = place.map(network.broker.highWatermark)
                let token = network.broker.handle(arrived.request, version: arrived.version, from: client) { _ in }
                // Nobody waits for an answer that takes time.
                network.broker.cancel(token)
                if place.map(network.broker.highWatermark) != end { network.counts.lateBatches += 1 }
            }
            cut()
        }
    }

    private func takeUp() {
        while !isBusy, !queue.isEmpty {
            let arrived = queue.removeFirst()
            isBusy = true
            let token = network.broker.handle(arrived.request, version: arrived.version, from: client) { response in
                self.answered(arrived.id, arrived.fate, response)
            }
            // It may have been answered already.
            if isBusy { openToken = token }
        }
    }

    private func answered(_ id: Int64, _ fate: Network.Fate, _ response: AnyResponse?) {
        isBusy = false
        openToken = nil
        guard !isCut else { return }
        if fate == .cutAfter {
            network.counts.cutsAfter += 1
            return cut()
        }
        if let response {
            tellClient { connection, link in connection.deliver(response, to: id, over: link) }
        }
        takeUp()
    }

    /// Does something at the client's end when what was sent now would arrive there.
    private func tellClient(_ action: @escaping (Connection, Link) -> Void) {
        lastArrivalAtClient = max(lastArrivalAtClient, network.timeline.now &+ network.drawDelay())
        let connection = connection
        _ = network.timeline.schedule(lastArrivalAtClient, connection.host) { action(connection, self) }
    }

    /// The connection breaks: nothing more gets through, and the client is told.
    func cut() {
        guard !isCut else { return }
        endAtBroker()
        tellClient { connection, link in connection.broke(link) }
    }

    /// The client's end is closed. What was sent still arrives.
    func closedByClient() {
        guard !isCut else { return }
        network.timeline.at(arrivalAtBroker()) { self.endAtBroker() }
    }

    private func endAtBroker() {
        guard !isCut else { return }
        isCut = true
        queue = []
        if let openToken { network.broker.cancel(openToken) }
        openToken = nil
        network.forget(self)
    }
}

extension AnyRequest {
    /// Where a batch of a transaction is to go.
    fileprivate var transactionalPlace: TopicPartition? {
        guard case .produce(let request) = self, request.transactionalID != nil, let topic = request.topics.first,
            let partition = topic.partitions.first
        else { return nil }
        return TopicPartition(topic: topic.name, partition: partition.partitionIndex)
    }
}
