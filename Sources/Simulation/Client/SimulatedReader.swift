package import EventLog
internal import KafkaProtocol

/// Reads partitions outside of any group, committed records alone, as `KafkaLogReader` does.
///
/// It fetches when it is polled and has nothing, over one connection; questions go over another, so that a fetch which
/// the broker keeps does not hold them up.
package final class SimulatedReader {
    /// Records that came with one fetch of one partition, and where the partition goes on behind them.
    private struct Chunk {
        var place: TopicPartition
        var records: ArraySlice<LogRecord>
        var nextOffset: Int64
    }

    private struct Poll {
        var maxRecords: Int
        var timer: TimerID
        var then: (Result<[LogRecord], LogError>) -> Void
    }

    package let host: Host
    let settings: ClientSettings
    let questions: Asker
    private let data: Asker
    /// The partitions, sorted, and where fetching goes on. nil: to be asked for first.
    private var places: [TopicPartition] = []
    private var next: [TopicPartition: Int64] = [:]
    private var unresolved: [TopicPartition: StartPosition] = [:]
    /// What the caller was given, hidden records included.
    private var reached: [TopicPartition: Int64] = [:]
    private var buffer: [Chunk] = []
    private var failure: LogError?
    private var poll: Poll?
    /// Nodes of which a fetch is on its way.
    private var fetching: Set<Int32> = []
    /// Where to begin, or who leads, is asked.
    private var isAsking = false
    /// Tells one assignment from the next: what was asked for the one is not taken for the other.
    private var version = 0
    /// Nodes that have told the ends of their partitions: until then they answer at once.
    private var lookedAround: Set<Int32> = []
    private(set) var isClosed = false

    package init(host: Host, network: Network, settings: ClientSettings) {
        self.host = host
        self.settings = settings
        let knowledge = Knowledge()
        data = Asker(network, host, settings, knowledge)
        questions = Asker(network, host, settings, knowledge)
        // Who waits for the answer holds this reader.
        host.onDeath { [weak self] in self?.poll = nil }
    }

    /// Reads from the positions on, and forgets what was read before.
    package func assign(_ positions: [TopicPartition: StartPosition]) {
        version += 1
        places = positions.keys.sorted()
        (next, unresolved, reached) = ([:], [:], [:])
        (buffer, failure, lookedAround) = ([], nil, [])
        for place in places {
            switch positions[place] {
            case .offset(let offset):
                next[place] = offset
                reached[place] = offset
            case .earliest: unresolved[place] = .earliest
            case .latest: unresolved[place] = .latest
            case nil: break
            }
        }
    }

    /// Waits up to `timeout` for records. Comes back early, maybe with none, when a position moved past hidden records.
    package func poll(
        maxRecords: Int, timeout: Duration, then: @escaping (Result<[LogRecord], LogError>) -> Void
    ) {
        guard !isClosed, poll == nil else {
            let error = LogError(.other, isClosed ? "poll: the reader is closed" : "poll: the last one is not answered")
            host.after(0) { then(.failure(error)) }
            return
        }
        if !buffer.isEmpty || failure != nil {
            host.after(0) { [self] in then(take(maxRecords)) }
            return
        }
        let timer = host.after(timeout.wholeMicroseconds) { [self] in finish() }
        poll = Poll(maxRecords: maxRecords, timer: timer, then: then)
        fetch()
    }

    /// The offset up to which each partition has been read, hidden records and markers included; without those that
    /// nothing is known of yet.
    package func positions() -> [TopicPartition: Int64] { reached }

    package func close() {
        isClosed = true
        version += 1
        data.close()
        questions.close()
        if poll != nil { host.after(0) { [self] in finish() } }
    }

    // MARK: Giving out

    private func finish() {
        guard let poll else { return }
        self.poll = nil
        host.cancel(poll.timer)
        poll.then(take(poll.maxRecords))
    }

    private func take(_ maxRecords: Int) -> Result<[LogRecord], LogError> {
        var records: [LogRecord] = []
        var taken = 0
        while taken < buffer.count {
            let room = maxRecords - records.count
            let chunk = buffer[taken]
            guard chunk.records.count <= room else {
                if room > 0 {
                    records += chunk.records.prefix(room)
                    buffer[taken].records.removeFirst(room)
                    if let last = records.last { reached[chunk.place] = last.offset + 1 }
                }
                break
            }
            if records.isEmpty { records = Array(chunk.records) } else { records += chunk.records }
            reached[chunk.place] = chunk.nextOffset
            taken += 1
        }
        buffer.removeFirst(taken)
        if records.isEmpty, let failure {
            self.failure = nil
            return .failure(failure)
        }
        return .success(records)
    }

    // MARK: Fetching

    private func fetch() {
        guard !isAsking, !isClosed, !places.isEmpty else { return }
        guard unresolved.isEmpty else { return resolve() }
        for (node, places) in data.byLeader(places) where !fetching.contains(node) { fetch(places, from: node) }
        isAsking = data.learnLeaders(of: places) { [self] in
            isAsking = false
            goOn()
        }
    }

    private func fetch(_ places: [TopicPartition], from node: Int32) {
        let topics: [FetchRequest.Topic] = places.byTopic().compactMap { topic, numbers in
            let partitions = numbers.compactMap { number in
                next[TopicPartition(topic: topic, partition: number)].map {
                    FetchRequest.Partition(
                        partitionIndex: number, fetchOffset: $0, partitionMaxBytes: settings.fetchMaxBytes)
                }
            }
            return partitions.isEmpty ? nil : FetchRequest.Topic(name: topic, partitions: partitions)
        }
        guard !topics.isEmpty else { return }
        let wait = lookedAround.contains(node) ? settings.fetchMaxWait : 0
        let request = FetchRequest(
            maxWaitMs: Int32(clamping: wait / 1000), minBytes: 1, maxBytes: settings.fetchMaxBytes,
            isolationLevel: .readCommitted, topics: topics)
        fetching.insert(node)
        let version = version
        data.connection(to: node)?.send(
            .fetch(request), version: 11, timeout: settings.requestTimeout + wait
        ) { [self] result in
            fetching.remove(node)
            guard version == self.version else { return goOn() }
            guard case .success(.fetch(let response)) = result, response.errorCode == .none else {
                for place in places { data.lose(.leader(place)) }
                return pause()
            }
            if takeIn(response, from: node) { goOn() } else { pause() }
        }
    }

    /// Answers the poll that waits, if there is something to say, or goes on fetching for it.
    private func goOn() {
        guard poll != nil else { return }
        if buffer.isEmpty, failure == nil { fetch() } else { finish() }
    }

    private func pause() {
        guard buffer.isEmpty, failure == nil else { return goOn() }
        let version = version
        host.after(settings.retryBackoff) { [self] in
            if version == self.version { goOn() }
        }
    }

    /// - Returns: False when a partition can't be read for now.
    private func takeIn(_ response: FetchResponse, from node: Int32) -> Bool {
        var isWhole = true
        for topic in response.topics {
            for partition in topic.partitions {
                let place = TopicPartition(topic: topic.name, partition: partition.partitionIndex)
                guard let offset = next[place] else { continue }
                guard partition.errorCode == .none else {
                    if !refuse(place, partition.errorCode) { isWhole = false }
                    continue
                }
                do throws(LogError) {
                    let outcome = try FetchDecoding.decode(partition, of: place, from: offset)
                    guard outcome.nextOffset > offset || !lookedAround.contains(node) else { continue }
                    next[place] = outcome.nextOffset
                    buffer.append(Chunk(place: place, records: outcome.records[...], nextOffset: outcome.nextOffset))
                } catch {
                    stop(place, error)
                }
            }
        }
        lookedAround.insert(node)
        return isWhole
    }

    /// - Returns: Whether that is for good.
    private func refuse(_ place: TopicPartition, _ error: ErrorCode) -> Bool {
        let failure = LogError(error, doing: "read from offset \(next[place] ?? -1)", place: place)
        if failure.isRetriable {
            if failure.isMisdirected { data.lose(.leader(place)) }
            return false
        }
        stop(place, failure)
        return true
    }

    private func stop(_ place: TopicPartition, _ error: LogError) {
        next[place] = nil
        failure = failure ?? error
    }

    // MARK: Where to begin

    private func resolve() {
        isAsking = true
        let version = version
        // One request asks a partition one thing: its beginning, or its end.
        let starts = unresolved.values.contains(.earliest) ? StartPosition.earliest : .latest
        let wanted = places.filter { unresolved[$0] == starts }
        questions.listOffsets(
            wanted, timestamp: starts == .earliest ? -2 : -1, .readCommitted, within: settings.questionTimeout
        ) { [self] result in
            isAsking = false
            guard version == self.version else { return goOn() }
            switch result {
            case .success(let offsets):
                for place in wanted {
                    unresolved[place] = nil
                    next[place] = offsets[place]
                }
            case .failure(let error):
                if !error.isRetriable { for place in wanted { unresolved[place] = nil } }
                failure = error
            }
            goOn()
        }
    }
}
