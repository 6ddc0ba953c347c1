internal import EventLog
internal import KafkaProtocol

/// Where a fetch reads.
struct FetchReader: Hashable, Sendable {
    var node: Int32
    var access: Nodes.Access
}

/// A fetch that waits for enough records, an error, or its deadline.
struct ParkedFetch: Sendable {
    var request: FetchRequest
    var reader: FetchReader
    var deadline: Int64
    /// What it looks at, each place once.
    var places: [TopicPartition]
}

/// The parked fetches, found by what they look at and by their deadlines.
struct FetchQueue: Sendable {
    private(set) var parked: [RequestToken: ParkedFetch] = [:]
    private var waiting: [TopicPartition: Set<RequestToken>] = [:]
    private var deadlines = DeadlineHeap()

    var isEmpty: Bool { parked.isEmpty }
    var nextDeadline: Int64? { deadlines.first?.deadline }
    /// Those of fetches that are over included.
    var deadlineCount: Int { deadlines.entries.count }

    subscript(token: RequestToken) -> ParkedFetch? { parked[token] }

    /// Who looks at one of the places, in the order of tokens.
    func tokens(waitingFor places: Set<TopicPartition>) -> [RequestToken] {
        var found: Set<RequestToken> = []
        for place in places {
            if let tokens = waiting[place] { found.formUnion(tokens) }
        }
        return found.sorted()
    }

    mutating func park(_ fetch: ParkedFetch, as token: RequestToken) {
        remove(token)
        for place in fetch.places { waiting[place, default: []].insert(token) }
        deadlines.insert(DeadlineHeap.Entry(deadline: fetch.deadline, token: token))
        parked[token] = fetch
        trimDeadlines()
    }

    /// Takes one out; false when it isn't there.
    @discardableResult
    mutating func remove(_ token: RequestToken) -> Bool {
        guard let fetch = parked.removeValue(forKey: token) else { return false }
        for place in fetch.places {
            waiting[place]?.remove(token)
            if waiting[place]?.isEmpty == true { waiting[place] = nil }
        }
        if parked.isEmpty { deadlines.rebuild([]) }
        return true
    }

    /// Those whose time is over, the first due first. They stay until they are removed.
    mutating func due(now: Int64) -> [RequestToken] {
        var tokens: [RequestToken] = []
        while let entry = deadlines.first, entry.deadline <= now {
            deadlines.removeFirst()
            if parked[entry.token]?.deadline == entry.deadline { tokens.append(entry.token) }
        }
        return tokens
    }

    /// A fetch that is answered early leaves its deadline behind. They must not pile up.
    private mutating func trimDeadlines() {
        guard deadlines.entries.count > 2 * parked.count + 64 else { return }
        deadlines.rebuild(parked.map { DeadlineHeap.Entry(deadline: $0.value.deadline, token: $0.key) })
    }
}
