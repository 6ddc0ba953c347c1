import BrokerCore
import EventLog
import KafkaProtocol

/// A broker, its clients' open requests, and its disk. It checks what may never happen.
struct Host {
    struct Asked {
        var header: RequestHeader
        var connection: Int64
    }

    private(set) var broker: Broker
    private(set) var disk = Disk()
    let configuration: BrokerConfiguration
    private(set) var now: Int64 = 1_000_000
    /// Requests that wait for their answers.
    private(set) var open: [RequestToken: Asked] = [:]
    private var tokens: Int64 = 0
    /// What answers told, for requests to come.
    private(set) var memory = Memory()
    /// The process ends before it has done so many more actions.
    private var actionsLeft: Int?

    init(_ configuration: BrokerConfiguration) {
        self.configuration = configuration
        broker = Broker(configuration: configuration, now: now)
        perform(broker.start(now: now))
    }

    // MARK: Requests

    @discardableResult
    mutating func send<Request: ApiRequest>(
        _ request: Request, version: Int16? = nil, connection: Int64 = 0
    ) -> RequestToken? {
        let version = version ?? Request.apiKey.supportedVersions.upperBound
        var writer = WireWriter()
        RequestHeader(apiKey: Request.apiKey, apiVersion: version, correlationID: 5, clientID: "c").encode(to: &writer)
        request.encode(to: &writer, version: version)
        guard let frame = try? RequestFrame.decode(writer.bytes) else { finding("not to be read: \(request)") }
        return send(frame, connection: connection)
    }

    /// - Returns: nil when the process ended over it.
    @discardableResult
    mutating func send(_ frame: RequestFrame, connection: Int64) -> RequestToken? {
        tokens += 1
        let token = RequestToken(rawValue: tokens)
        open[token] = Asked(header: frame.header, connection: connection)
        let client = ClientInfo(clientID: frame.header.clientID ?? "", host: "/127.0.0.1", connection: connection)
        let hasEnded = perform(broker.handle(frame.request, frame.header, from: client, token: token, now: now))
        if hasEnded { return nil }
        switch frame.header.apiKey {
        case .fetch, .joinGroup, .syncGroup: break
        default: expect(open[token] == nil, "\(frame.header.apiKey) is not answered at once")
        }
        return token
    }

    /// The sequence for the producer's next record in a topic.
    mutating func nextSequence(in topic: String) -> Int32 {
        let sequence = memory.sequences[topic] ?? 0
        memory.sequences[topic] = sequence &+ 1
        return sequence
    }

    mutating func disconnect(_ connection: Int64) {
        for (token, asked) in open.sorted(by: { $0.key < $1.key }) where asked.connection == connection {
            open[token] = nil
            broker.disconnected(token, now: now)
        }
    }

    private mutating func finish(_ reply: BrokerReply) {
        guard let asked = open.removeValue(forKey: reply.token) else {
            finding("\(reply.token) is answered, but is not open: \(String(describing: reply.response))")
        }
        guard var response = reply.response else {
            return expect(asked.header.apiKey == .produce, "\(asked.header.apiKey) gets no answer")
        }
        expect(response.apiKey == asked.header.apiKey, "\(response) for \(asked.header)")
        for read in reply.reads { fill(read, in: &response) }
        memory.note(response)
        let version = asked.header.apiVersion
        let bytes = ResponseFrame(correlationID: asked.header.correlationID, response: response)
            .encoded(version: version)
        let frame = try? ResponseFrame.decode(Array(bytes.dropFirst(4)), apiKey: response.apiKey, version: version)
        expect(frame?.encoded(version: asked.header.isSupported ? version : 0) == bytes, "not to be read: \(response)")
    }

    // MARK: Actions

    /// - Returns: whether the process ended over it and another one has begun.
    @discardableResult
    private mutating func perform(_ actions: [BrokerAction]) -> Bool {
        var followUps: [BrokerAction] = []
        for action in actions {
            if let left = actionsLeft {
                if left == 0 {
                    restart(fromSnapshot: false)
                    return true
                }
                actionsLeft = left - 1
            }
            disk.apply(action)
            switch action {
            case .reply(let reply): finish(reply)
            case .compact(let place, let task): followUps += compact(place, task)
            case .createLog, .deleteLog, .append, .deleteBatches, .journal: break
            }
        }
        return followUps.isEmpty ? false : perform(followUps)
    }

    private mutating func compact(_ place: TopicPartition, _ task: CompactionTask) -> [BrokerAction] {
        let read = { [disk] in disk.batch(at: $0, in: place) }
        guard let result = try? task.run(read: read, decompress: { _, _ in nil }) else {
            // What the broker accepted without looking into it may turn out to be broken.
            broker.compactionFailed(place)
            return []
        }
        disk.apply(result, to: place)
        return broker.compacted(place, result, now: now)
    }

    private func fill(_ read: LogRead, in response: inout AnyResponse) {
        switch (read, response) {
        case (.records(let topic, let partition, let place, let slice), .fetch(var fetched)):
            fetched.topics[topic].partitions[partition].records = disk.bytes(of: slice, in: place)
            response = .fetch(fetched)
        case (
            .offset(let topic, let partition, let place, let candidate, let query, let isolation),
            .listOffsets(var listed)
        ):
            if let match = search(place, candidate, query, isolation) {
                listed.topics[topic].partitions[partition].offset = match.offset
                listed.topics[topic].partitions[partition].timestamp = match.timestamp
            }
            response = .listOffsets(listed)
        default: finding("\(read) does not fit \(response)")
        }
    }

    private func search(
        _ place: TopicPartition, _ candidate: BatchCandidate, _ query: OffsetQuery, _ isolation: ReadIsolation
    ) -> TimestampSearch.Match? {
        var next: BatchCandidate? = candidate
        while let candidate = next {
            guard let bytes = disk.batch(at: candidate.baseOffset, in: place) else {
                finding("\(place) has no batch at \(candidate)")
            }
            let match: TimestampSearch.Match?
            switch query {
            case .timestamp(let timestamp):
                match = try? TimestampSearch.first(in: bytes, atOrAfter: timestamp, from: candidate.firstOffset)
            case .maxTimestamp: match = try? TimestampSearch.latest(in: bytes, from: candidate.firstOffset)
            case .earliest, .latest: finding("\(query) needs no search")
            }
            if let match { return match }
            next = broker.nextCandidate(in: place, behind: candidate, query, isolation: isolation)
            if let next { expect(next.baseOffset > candidate.baseOffset, "\(next) behind \(candidate)") }
        }
        return nil
    }

    // MARK: Time and crashes

    /// Lets time pass, with all that becomes due on the way, or, after a pause of the process, all at once.
    mutating func pass(_ milliseconds: Int64, atOnce: Bool = false) {
        let end = now + milliseconds
        if atOnce { now = end }
        var calls = 0
        while let deadline = broker.nextDeadline, deadline <= end {
            now = max(now, deadline)
            calls += 1
            expect(calls < 20_000, "expire goes round in circles at \(now), \(deadline)")
            perform(broker.expire(now: now))
        }
        now = max(now, end)
    }

    /// The process dies; another one takes its place.
    mutating func restart(fromSnapshot: Bool) {
        if fromSnapshot { disk.replaceJournal(broker.snapshot()) }
        actionsLeft = nil
        open = [:]
        broker = disk.recover(configuration, now: now)
        perform(broker.start(now: now))
    }

    /// The process will die before it has done so many more actions.
    mutating func plan(deathAfter actions: Int) { actionsLeft = actions }

    /// Everything that waits is answered when time goes on long enough.
    mutating func settle() {
        actionsLeft = nil
        for _ in 0..<6 where !open.isEmpty { pass(1 << 32, atOnce: true) }
        expect(open.isEmpty, "never answered: \(open)")
    }
}
