internal import EventLog
internal import KafkaProtocol

/// What an answer means to who asked.
enum Reading<Answer> {
    case answer(Answer)
    /// Ask again a little later.
    case again(LogError)
    case failed(LogError)
}

/// Asks the node that a request belongs to, again and again until there is an answer or time is over. With one node there
/// is nothing to find out.
final class Asker {
    let host: Host
    let knowledge: Knowledge
    private let network: Network
    private let settings: ClientSettings
    /// By node.
    private let connections: [Connection]
    /// For what any node knows. Like librdkafka, which asks a node that has nothing to wait for, it does not ask behind a
    /// fetch that waits for records: the answer would be late, the connection closed for that, and the fetch lost.
    private let finder: Connection
    private(set) var isClosed = false

    /// - Parameter knowledge: Of the handle that this is part of.
    init(_ network: Network, _ host: Host, _ settings: ClientSettings, _ knowledge: Knowledge = Knowledge()) {
        self.network = network
        self.host = host
        self.settings = settings
        self.knowledge = knowledge
        connections = (1...network.broker.nodeCount).map { network.connect(host, to: $0) }
        finder = connections.count == 1 ? connections[0] : network.connect(host)
    }

    var isSingle: Bool { connections.count == 1 }

    /// How often a connection was closed.
    var closedCount: Int {
        connections.reduce(0) { $0 + $1.closedCount } + (isSingle ? 0 : finder.closedCount)
    }

    /// To any node.
    var connection: Connection { finder }

    func connection(to node: Int32) -> Connection? {
        connections.indices.contains(Int(node) - 1) ? connections[Int(node) - 1] : nil
    }

    private func connection(for target: Target) -> Connection? {
        if isSingle { return connections[0] }
        return switch target {
        case .anyNode: connection
        case .leader(let place): knowledge.leaders[place].flatMap(connection)
        case .coordinator: knowledge.coordinators[target.key].flatMap(connection)
        }
    }

    /// Partitions by the nodes that lead them; those without a known leader are left out.
    func byLeader(_ places: [TopicPartition]) -> [(node: Int32, places: [TopicPartition])] {
        if isSingle { return [(node: 1, places: places)] }
        var groups: [(node: Int32, places: [TopicPartition])] = []
        for place in places {
            guard let node = knowledge.leaders[place] else { continue }
            if let index = groups.firstIndex(where: { $0.node == node }) {
                groups[index].places.append(place)
            } else {
                groups.append((node, [place]))
            }
        }
        return groups
    }

    /// Finds out who leads the partitions whose leader is not known, and with them their topics' others.
    ///
    /// - Parameter then: Called later, whether that is known then or not.
    /// - Returns: Whether there is something to find out.
    func learnLeaders(of places: [TopicPartition], then: @escaping () -> Void) -> Bool {
        if isSingle { return false }
        let unknown = places.filter { knowledge.leaders[$0] == nil }
        if unknown.isEmpty { return false }
        let topics = Set(unknown.map(\.topic)).sorted().map { MetadataRequest.Topic(name: $0) }
        let request = AnyRequest.metadata(MetadataRequest(topics: topics, allowAutoTopicCreation: false))
        connection.send(request, version: 4, timeout: settings.requestTimeout) { [self] result in
            if case .success(.metadata(let metadata)) = result { knowledge.learn(metadata) }
            if unknown.contains(where: { knowledge.leaders[$0] == nil }) {
                // Another node may know more.
                lose(.anyNode)
                host.after(settings.retryBackoff, then)
            } else {
                then()
            }
        }
        return true
    }

    /// Whoever was asked was the wrong one, or did not answer.
    func lose(_ target: Target) {
        if isSingle { return }
        switch target {
        case .anyNode: finder.retarget(finder.node % Int32(connections.count) + 1)
        case .leader(let place): if settings.asksWhoLeads { knowledge.leaders[place] = nil }
        case .coordinator: knowledge.coordinators[target.key] = nil
        }
    }

    /// - Parameters:
    ///   - patience: Microseconds, the whole of all tries.
    ///   - doing: What is tried, as the beginning of an error's text.
    ///   - read: Sorts the answer; nil when it is one to another kind of request.
    ///   - then: Called once, later.
    func ask<Answer>(
        _ request: AnyRequest, version: Int16, to target: Target = .anyNode, within patience: Int64, doing: String,
        read: @escaping (AnyResponse) -> Reading<Answer>?, then: @escaping (Result<Answer, LogError>) -> Void
    ) {
        let question = Question(
            request: request, version: version, target: target, doing: doing, read: read, then: then)
        question.timer = host.after(patience) {
            question.sentOver?.withdraw(question.requestID)
            question.end(.failure(question.last ?? LogError(.unreachable, "\(doing): no answer in time")), nil)
        }
        send(question)
    }

    private func send<Answer>(_ question: Question<Answer>) {
        guard !question.isOver else { return }
        guard !isClosed else {
            return question.end(.failure(LogError(.other, "\(question.doing): the client is closed")), host)
        }
        guard let connection = connection(for: question.target) else { return find(question) }
        question.sentOver = connection
        question.requestID = connection.send(
            question.request, version: question.version, timeout: settings.requestTimeout
        ) { [host] result in
            switch result {
            case .success(let response):
                switch question.read(response) {
                case .answer(let answer): question.end(.success(answer), host)
                case .failed(let error): question.end(.failure(error), host)
                case .again(let error): self.again(question, error)
                case nil: question.end(.failure(LogError(.other, "\(question.doing): another answer")), host)
                }
            case .failure(let failure): self.again(question, LogError(failure, doing: question.doing))
            }
        }
    }

    private func again<Answer>(_ question: Question<Answer>, _ error: LogError) {
        network.counts.note(error)
        if error.isMisdirected { lose(question.target) }
        question.last = error
        host.after(settings.retryBackoff) { self.send(question) }
    }

    /// Asks any node whom to ask.
    private func find<Answer>(_ question: Question<Answer>) {
        guard let (request, version) = question.target.question else { return }
        let connection = connection
        question.sentOver = connection
        question.requestID = connection.send(request, version: version, timeout: settings.requestTimeout) { result in
            switch result {
            case .success(.metadata(let metadata)):
                self.knowledge.learn(metadata)
                if case .leader(let place) = question.target, metadata.lacks(place) {
                    // As the leader of another partition would answer who asks it.
                    let error = LogError(.unknownTopicOrPartition, doing: question.doing, place: place)
                    return question.end(.failure(error), self.host)
                }
            case .success(.findCoordinator(let found)):
                if let node = found.coordinators.first, node.errorCode == .none {
                    self.knowledge.coordinators[question.target.key] = node.nodeID
                }
            case .success: break
            case .failure(let failure):
                self.lose(.anyNode)
                return self.again(question, LogError(failure, doing: question.doing))
            }
            if self.connection(for: question.target) != nil { return self.send(question) }
            // Another node may know more.
            self.lose(.anyNode)
            self.again(question, LogError(.leaderNotAvailable, doing: question.doing))
        }
    }

    /// Ends all questions, and asks no more.
    func close() {
        isClosed = true
        for connection in connections { connection.close() }
        finder.close()
    }
}

private final class Question<Answer> {
    let request: AnyRequest
    let version: Int16
    let target: Target
    let doing: String
    let read: (AnyResponse) -> Reading<Answer>?
    private var then: ((Result<Answer, LogError>) -> Void)?
    /// Why the last try failed.
    var last: LogError?
    var timer: TimerID?
    /// The connection of the last try, and its number there.
    var sentOver: Connection?
    var requestID: Int64 = 0

    init(
        request: AnyRequest, version: Int16, target: Target, doing: String,
        read: @escaping (AnyResponse) -> Reading<Answer>?, then: @escaping (Result<Answer, LogError>) -> Void
    ) {
        self.request = request
        self.version = version
        self.target = target
        self.doing = doing
        self.read = read
        self.then = then
    }

    var isOver: Bool { then == nil }

    func end(_ result: Result<Answer, LogError>, _ host: Host?) {
        guard let then else { return }
        self.then = nil
        if let timer { host?.cancel(timer) }
        timer = nil
        then(result)
    }
}
