package import KafkaProtocol

/// Why a request has no answer.
package enum ConnectionFailure: Error, Hashable, Sendable {
    /// The connection broke, or could not be opened. Whether the broker got the request nobody knows.
    case closed
    /// There was no answer in time, and the connection was closed for that.
    case timedOut
}

/// A client's connection to a node of the broker: opened by the first request, and opened anew by the next one after a break,
/// with a pause of 100 ms at first and up to 1 s.
package final class Connection {
    private struct Request {
        var id: Int64
        /// What is still to be sent; nil when it was.
        var unsent: AnyRequest?
        var version: Int16
        var timer: TimerID
        var then: (Result<AnyResponse, ConnectionFailure>) -> Void
    }

    private enum Condition {
        case closed
        /// On the way to be opened; a number tells one attempt from another.
        case opening(Int64)
        case open(Link)
    }

    package let host: Host
    /// Where it leads to.
    private(set) var node: Int32
    /// How often it broke, was closed, or could not be opened: what `closesocket_cb` counts.
    package private(set) var closedCount = 0
    private let network: Network
    private var condition = Condition.closed
    /// Those without an answer, in the order of sending.
    private var requests: [Request] = []
    private var nextID: Int64 = 1
    private var backoff = Connection.firstBackoff
    /// Not opened before that time.
    private var pauseEnds: Int64 = 0

    private static let firstBackoff: Int64 = 100_000
    private static let longestBackoff: Int64 = 1_000_000

    init(network: Network, host: Host, node: Int32) {
        self.network = network
        self.node = node
        self.host = host
        host.onDeath { [weak self] in self?.died() }
    }

    /// Sends a request behind those sent before. Answers come in the order of requests.
    ///
    /// - Parameters:
    ///   - timeout: Microseconds.
    ///   - then: Called once, later, while the host lives. When the connection breaks every request without an answer gets
    ///     `.closed`; one without an answer in time gets `.timedOut`, and closes the connection.
    /// - Returns: What `withdraw` takes.
    @discardableResult
    package func send(
        _ request: AnyRequest, version: Int16, timeout: Int64,
        then: @escaping (Result<AnyResponse, ConnectionFailure>) -> Void
    ) -> Int64 {
        guard host.condition != .dead else { return 0 }
        let id = nextID
        nextID += 1
        let timer = host.after(timeout) { [weak self] in self?.timedOut(id) }
        var waiting = Request(id: id, unsent: nil, version: version, timer: timer, then: then)
        switch condition {
        case .open(let link): link.transmit(request, version: version, id: id)
        case .opening: waiting.unsent = request
        case .closed:
            waiting.unsent = request
            open(id)
        }
        requests.append(waiting)
        return id
    }

    /// Takes a request back that still waits for the connection to open: it is never sent, and its `then` never called. One
    /// that was sent stays.
    package func withdraw(_ id: Int64) {
        guard let index = requests.firstIndex(where: { $0.id == id && $0.unsent != nil }) else { return }
        host.cancel(requests.remove(at: index).timer)
    }

    /// Closes it; requests without an answer get `.closed`. The next request opens it anew.
    package func close() {
        switch condition {
        case .closed: return
        case .opening: break
        case .open(let link): link.closedByClient()
        }
        let failed = shut()
        host.after(0) { for request in failed { request.then(.failure(.closed)) } }
    }

    /// From now on it leads to another node; what has no answer gets `.closed`.
    func retarget(_ node: Int32) {
        guard node != self.node else { return }
        close()
        self.node = node
        (pauseEnds, backoff) = (0, Self.firstBackoff)
    }

    // MARK: Opening

    private func open(_ attempt: Int64) {
        condition = .opening(attempt)
        let pause = max(0, pauseEnds - host.timeline.now)
        host.after(pause) { [weak self] in self?.dial(attempt) }
    }

    private func isOpening(_ attempt: Int64) -> Bool {
        if case .opening(attempt) = condition { true } else { false }
    }

    private func dial(_ attempt: Int64) {
        guard isOpening(attempt) else { return }
        network.timeline.after(network.drawDelay()) { [self] in
            let isAccepted = network.broker.isUp(node)
            let link = isAccepted && host.condition != .dead ? network.makeLink(of: self) : nil
            _ = network.timeline.schedule(network.timeline.now &+ network.drawDelay(), host) { [self] in
                guard isOpening(attempt) else {
                    link?.closedByClient()
                    return
                }
                // It may have broken before the client could hear that it is open.
                if let link, !link.isCut { opened(link) } else { refused() }
            }
        }
    }

    private func opened(_ link: Link) {
        condition = .open(link)
        for index in requests.indices {
            guard let request = requests[index].unsent else { continue }
            requests[index].unsent = nil
            link.transmit(request, version: requests[index].version, id: requests[index].id)
        }
    }

    private func refused() {
        network.counts.refusedConnections += 1
        fail(shut())
    }

    // MARK: What comes over a link

    func deliver(_ response: AnyResponse, to id: Int64, over link: Link) {
        guard case .open(let current) = condition, current === link,
            let index = requests.firstIndex(where: { $0.id == id })
        else { return }
        backoff = Self.firstBackoff
        let request = requests.remove(at: index)
        host.cancel(request.timer)
        request.then(.success(response))
    }

    func broke(_ link: Link) {
        switch condition {
        case .open(let current): if current === link { fail(shut()) }
        // It broke before the client had heard that it is open.
        case .opening, .closed: break
        }
    }

    private func timedOut(_ id: Int64) {
        guard requests.contains(where: { $0.id == id }) else { return }
        network.counts.timeouts += 1
        if case .open(let link) = condition { link.closedByClient() }
        let failed = shut()
        for request in failed { request.then(.failure(request.id == id ? .timedOut : .closed)) }
    }

    // MARK: The end

    /// Closes this end.
    ///
    /// - Returns: The requests that had no answer.
    private func shut() -> [Request] {
        closedCount += 1
        condition = .closed
        // A quarter less up to a half more, so that clients don't come back all at once.
        pauseEnds = host.timeline.now &+ network.dice.between(backoff - backoff / 4, backoff + backoff / 2)
        backoff = min(Self.longestBackoff, 2 * backoff)
        let failed = requests
        requests = []
        for request in failed { host.cancel(request.timer) }
        return failed
    }

    private func fail(_ failed: [Request]) {
        for request in failed { request.then(.failure(.closed)) }
    }

    private func died() {
        if case .open(let link) = condition { link.closedByClient() }
        condition = .closed
        requests = []
    }
}
