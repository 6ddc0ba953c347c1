package import EventLog
internal import KafkaProtocol

extension SimulatedConsumer {
    /// From where a partition is read on.
    enum FetchPosition: Hashable {
        case start(StartPosition)
        /// The next offset to ask for.
        case next(Int64)
        /// Something is wrong with it, which the caller was told.
        case stopped
    }

    /// Records that wait to be polled, in the order in which they came.
    struct RecordBuffer {
        private var records: [LogRecord] = []
        private var taken = 0

        var isEmpty: Bool { taken == records.count }
        var count: Int { records.count - taken }

        mutating func append(_ more: [LogRecord]) { records += more }

        /// Moves records until the other has as many as it may.
        mutating func take(_ limit: Int, into other: inout [LogRecord]) {
            let count = min(count, max(0, limit - other.count))
            other += records[taken..<(taken + count)]
            taken += count
            if isEmpty { removeAll() }
        }

        mutating func removeAll() {
            records = []
            taken = 0
        }
    }

    /// Takes what the group assigned, each partition from its position on. Drops what was fetched before.
    package func assign(_ positions: [TopicPartition: StartPosition]) {
        guard !isClosed else { return }
        forgetRecords()
        membership = offered
        self.positions = positions.mapValues { .start($0) }
        let places = positions.keys.sorted()
        // The broker fills an answer in the order of the request.
        self.places = places.filter(isUrgent) + places.filter { !isUrgent($0) }
        isPaused = false
        if phase == .awaitingAssign { enter(.steady) }
    }

    /// Gives everything up.
    package func unassign() {
        guard !isClosed else { return }
        giveUp()
    }

    func giveUp() {
        forgetRecords()
        (failure, membership) = (nil, nil)
        answerRevocation()
    }

    func forgetRecords() {
        version += 1
        fetching = []
        isLearningLeaders = false
        positions = [:]
        places = []
        urgent.removeAll()
        normal.removeAll()
    }

    func pauseFetching() {
        isPaused = true
        version += 1
        fetching = []
        isLearningLeaders = false
        urgent.removeAll()
        normal.removeAll()
    }

    // MARK: Fetching

    /// Begins to fetch, unless a fetch is on its way or there is enough to poll.
    func fetchMore() {
        guard !isPaused, !isClosed, fenced == nil, !places.isEmpty else { return }
        for (node, places) in data.byLeader(places) where !fetching.contains(node) { fetchMore(places, from: node) }
        guard !isLearningLeaders else { return }
        let version = version
        isLearningLeaders = data.learnLeaders(of: places) { [self] in
            guard version == self.version else { return }
            isLearningLeaders = false
            if pendingPoll != nil { fetchMore() }
        }
    }

    private func fetchMore(_ places: [TopicPartition], from node: Int32) {
        let unresolved = places.filter { startToResolve($0) != nil }
        if !unresolved.isEmpty { return resolve(unresolved, at: node) }
        // What is urgent does not wait behind a backlog that waits to be polled.
        let isEnough = (urgent: urgent.count >= Self.enoughRecords, normal: normal.count >= Self.enoughRecords)
        let topics = places.byTopic().compactMap { topic -> FetchRequest.Topic? in
            if urgentTopics.contains(topic.topic) ? isEnough.urgent : isEnough.normal { return nil }
            let partitions = topic.partitions.compactMap { number -> FetchRequest.Partition? in
                guard let offset = nextOffset(of: TopicPartition(topic: topic.topic, partition: number)) else {
                    return nil
                }
                return FetchRequest.Partition(
                    partitionIndex: number, fetchOffset: offset, partitionMaxBytes: settings.fetchMaxBytes)
            }
            return partitions.isEmpty ? nil : FetchRequest.Topic(name: topic.topic, partitions: partitions)
        }
        guard !topics.isEmpty else { return }
        // Who left something out comes back for it soon.
        let wait = isEnough.normal || isEnough.urgent ? 0 : settings.fetchMaxWait
        let request = FetchRequest(
            maxWaitMs: Int32(clamping: wait / 1_000), minBytes: 1, maxBytes: settings.fetchMaxBytes,
            isolationLevel: .readCommitted, topics: topics)
        ask(.fetch(request), version: 11, of: node, timeout: settings.requestTimeout + wait) { [self] response in
            guard case .fetch(let response) = response, response.errorCode == .none else {
                for place in places { data.lose(.leader(place)) }
                return false
            }
            return take(response)
        }
    }

    /// Fetching of the urgent, or of the other topics, pauses above this many buffered records.
    private static let enoughRecords = 5_000

    private func isUrgent(_ place: TopicPartition) -> Bool { urgentTopics.contains(place.topic) }

    private func startToResolve(_ place: TopicPartition) -> StartPosition? {
        guard case .start(let start) = positions[place] else { return nil }
        switch start {
        case .earliest, .latest: return start
        case .offset: return nil
        }
    }

    private func nextOffset(of place: TopicPartition) -> Int64? {
        switch positions[place] {
        case .start(.offset(let offset)), .next(let offset): offset
        case .start(.earliest), .start(.latest), .stopped, nil: nil
        }
    }

    /// Sends a request for the current positions: what comes for older ones is dropped.
    /// - Parameter take: Uses the answer, nil for none; says whether to go on at once, not after a pause.
    private func ask(
        _ request: AnyRequest, version: Int16, of node: Int32, timeout: Int64,
        take: @escaping (AnyResponse?) -> Bool
    ) {
        fetching.insert(node)
        let positionsVersion = self.version
        data.connection(to: node)?.send(request, version: version, timeout: timeout) { [self] result in
            guard positionsVersion == self.version else { return }
            var response: AnyResponse?
            if case .success(let some) = result { response = some }
            if take(response) {
                goOn(positionsVersion, node)
            } else {
                host.after(settings.retryBackoff) { self.goOn(positionsVersion, node) }
            }
        }
    }

    private func goOn(_ positionsVersion: Int, _ node: Int32) {
        guard positionsVersion == version else { return }
        fetching.remove(node)
        answerPoll()
        if pendingPoll != nil { fetchMore() }
    }

    /// Finds out which offsets the first and last ones are.
    private func resolve(_ unresolved: [TopicPartition], at node: Int32) {
        let topics = unresolved.byTopic().map { topic in
            ListOffsetsRequest.Topic(
                name: topic.topic,
                partitions: topic.partitions.map { number in
                    let place = TopicPartition(topic: topic.topic, partition: number)
                    return ListOffsetsRequest.Partition(
                        partitionIndex: number, timestamp: startToResolve(place) == .earliest ? -2 : -1)
                })
        }
        ask(
            .listOffsets(ListOffsetsRequest(isolationLevel: .readCommitted, topics: topics)), version: 5,
            of: node, timeout: settings.requestTimeout
        ) { [self] response in
            guard case .listOffsets(let response) = response else {
                for place in unresolved { data.lose(.leader(place)) }
                return false
            }
            var isWhole = true
            for topic in response.topics {
                for partition in topic.partitions {
                    let place = TopicPartition(topic: topic.name, partition: partition.partitionIndex)
                    if partition.errorCode == .none {
                        positions[place] = .next(partition.offset)
                    } else {
                        isWhole = false
                        refuse(place, partition.errorCode)
                    }
                }
            }
            return isWhole
        }
    }

    /// - Returns: Whether all went well.
    private func take(_ response: FetchResponse) -> Bool {
        var isWhole = true
        for topic in response.topics {
            for partition in topic.partitions {
                let place = TopicPartition(topic: topic.name, partition: partition.partitionIndex)
                guard let offset = nextOffset(of: place) else { continue }
                guard partition.errorCode == .none else {
                    isWhole = false
                    refuse(place, partition.errorCode)
                    continue
                }
                do throws(LogError) {
                    let fetched = try FetchDecoding.decode(partition, of: place, from: offset)
                    positions[place] = .next(fetched.nextOffset)
                    if isUrgent(place) {
                        urgent.append(fetched.records)
                    } else {
                        normal.append(fetched.records)
                    }
                } catch {
                    positions[place] = .stopped
                    failure = error
                }
            }
        }
        return isWhole
    }

    /// A partition can't be read, for now or for good.
    private func refuse(_ place: TopicPartition, _ error: ErrorCode) {
        let refusal = LogError(error, doing: "read a partition", place: place)
        switch refusal.code {
        case .unreachable, .unavailable, .rejoin:
            network.counts.note(error)
            if refusal.isMisdirected { data.lose(.leader(place)) }
            return
        case .offsetOutOfRange:
            let wanted = nextOffset(of: place).map(String.init) ?? "a position"
            failure = LogError(
                .offsetOutOfRange, "offset \(wanted) is wanted, and not in the log", place: place, cause: refusal.cause)
        case .fenced, .unknownTopic, .notAuthorized, .recordTooLarge, .configuration, .other: failure = refusal
        }
        positions[place] = .stopped
    }
}
