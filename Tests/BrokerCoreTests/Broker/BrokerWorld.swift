import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// A broker with a disk, a clock, and the answers so far: a host in memory. Requests and answers go through their bytes.
final class BrokerWorld {
    fileprivate(set) var broker: Broker
    private(set) var disk = BrokerDisk()
    private(set) var history: [BrokerDisk.Write] = []
    let configuration: BrokerConfiguration
    var now: Int64 = 1_000_000
    /// The node that requests go to.
    var node: Int32 = 1
    /// An answer's frame without its length; nil for a request that gets none.
    private(set) var answers: [RequestToken: [UInt8]?] = [:]
    private var asked: [RequestToken: RequestHeader] = [:]
    private var tokens: Int64 = 0
    /// What can be wrong with a batch on its way to compaction is tested elsewhere; here nothing is packed.
    private let decompress: Decompressor = { _, _ in nil }

    init(_ configuration: BrokerConfiguration = BrokerConfiguration()) {
        self.configuration = configuration
        broker = Broker(configuration: configuration, now: now)
        perform(broker.start(now: now))
    }

    /// The world after a process died with these writes done; the next one has recovered.
    init(after history: ArraySlice<BrokerDisk.Write>, _ configuration: BrokerConfiguration, now: Int64) throws {
        self.configuration = configuration
        self.now = now
        disk = BrokerDisk(history)
        broker = try disk.recover(configuration, now: now)
        perform(broker.start(now: now))
    }

    // MARK: The host

    func perform(_ actions: [BrokerAction]) {
        var followUps: [BrokerAction] = []
        for action in actions {
            write(.action(action))
            switch action {
            case .reply(let reply): finish(reply)
            case .compact(let place, let task): followUps += compact(place, task)
            case .createLog, .deleteLog, .append, .deleteBatches, .journal: break
            }
        }
        if !followUps.isEmpty { perform(followUps) }
    }

    private func write(_ write: BrokerDisk.Write) {
        disk.apply(write)
        history.append(write)
    }

    private func compact(_ place: TopicPartition, _ task: CompactionTask) -> [BrokerAction] {
        do {
            let result = try task.run(
                read: { [disk] in disk.batch(at: $0, in: place) }, decompress: decompress)
            write(.compacted(place, result))
            return broker.compacted(place, result, now: now)
        } catch {
            broker.compactionFailed(place)
            return []
        }
    }

    private func finish(_ reply: BrokerReply) {
        #expect(answers[reply.token] == nil, "\(reply.token) was answered before")
        guard let header = asked[reply.token] else {
            Issue.record("\(reply.token) was never asked")
            return
        }
        guard var response = reply.response else {
            answers[reply.token] = .some(nil)
            return
        }
        #expect(response.apiKey == header.apiKey)
        for read in reply.reads { fill(read, in: &response) }
        let frame = ResponseFrame(correlationID: header.correlationID, response: response)
        answers[reply.token] = Array(frame.encoded(version: header.apiVersion).dropFirst(4))
    }

    private func fill(_ read: LogRead, in response: inout AnyResponse) {
        switch (read, response) {
        case (.records(let topic, let partition, let place, let slice), .fetch(var fetched)):
            let bytes = disk.bytes(of: slice, in: place)
            #expect(bytes.count == slice.byteCount)
            fetched.topics[topic].partitions[partition].records = bytes
            response = .fetch(fetched)
        case (
            .offset(let topic, let partition, let place, let candidate, let query, let isolation),
            .listOffsets(var listed)
        ):
            if let match = search(place, candidate, query, isolation) {
                listed.topics[topic].partitions[partition].offset = match.offset
                listed.topics[topic].partitions[partition].timestamp = match.timestamp
                listed.topics[topic].partitions[partition].leaderEpoch = broker.leaderEpoch(
                    at: match.offset, in: place)
            }
            response = .listOffsets(listed)
        default: Issue.record("a read does not fit its response")
        }
    }

    private func search(
        _ place: TopicPartition, _ candidate: BatchCandidate, _ query: OffsetQuery, _ isolation: ReadIsolation
    ) -> TimestampSearch.Match? {
        var next: BatchCandidate? = candidate
        while let candidate = next {
            let bytes = disk.batch(at: candidate.baseOffset, in: place) ?? []
            let match: TimestampSearch.Match?
            switch query {
            case .timestamp(let timestamp):
                match = try? TimestampSearch.first(in: bytes, atOrAfter: timestamp, from: candidate.firstOffset)
            case .maxTimestamp: match = try? TimestampSearch.latest(in: bytes, from: candidate.firstOffset)
            case .earliest, .latest: match = nil
            }
            if let match { return match }
            next = broker.nextCandidate(in: place, behind: candidate, query, isolation: isolation)
        }
        return nil
    }

    // MARK: Time and crashes

    /// Lets time pass, with everything that becomes due on the way.
    func pass(_ milliseconds: Int64) {
        let end = now + milliseconds
        var calls = 0
        while let deadline = broker.nextDeadline, deadline <= end, calls < 100_000 {
            now = max(now, deadline)
            calls += 1
            perform(broker.expire(now: now))
        }
        #expect(calls < 100_000, "expire goes round in circles")
        now = end
    }

    /// The broker dies; another one takes its place.
    func restart(fromSnapshot: Bool = false) throws {
        if fromSnapshot { disk.replaceJournal(broker.snapshot()) }
        broker = try disk.recover(configuration, now: now)
        perform(broker.start(now: now))
    }

    func disconnect(_ token: RequestToken) { broker.disconnected(token, now: now) }

    // MARK: Requests

    /// Sends a request. `version` is the latest unless given.
    @discardableResult
    func send<Request: ApiRequest>(
        _ request: Request, version: Int16? = nil, client: String = "client"
    ) throws -> RequestToken {
        tokens += 1
        let version = version ?? Request.apiKey.supportedVersions.upperBound
        let header = RequestHeader(
            apiKey: Request.apiKey, apiVersion: version, correlationID: Int32(truncatingIfNeeded: tokens),
            clientID: client)
        var writer = WireWriter()
        header.encode(to: &writer)
        request.encode(to: &writer, version: version)
        let frame = try RequestFrame.decode(writer.bytes)
        return send(frame)
    }

    func send(_ frame: RequestFrame) -> RequestToken {
        tokens += 1
        let token = RequestToken(rawValue: tokens)
        asked[token] = frame.header
        let client = ClientInfo(clientID: frame.header.clientID ?? "", host: "/127.0.0.1", connection: 1, node: node)
        perform(broker.handle(frame.request, frame.header, from: client, token: token, now: now))
        return token
    }

    func isAnswered(_ token: RequestToken) -> Bool { answers[token] != nil }

    /// The answer to a request; nil when there is none yet.
    func answer<Response: ApiResponse>(_ token: RequestToken, as type: Response.Type) throws -> Response? {
        guard let header = asked[token], let bytes = answers[token] ?? nil else { return nil }
        var reader = WireReader(bytes)
        _ = try ResponseHeader(from: &reader, apiKey: header.apiKey, version: header.apiVersion)
        let response = try Response(from: &reader, version: header.apiVersion)
        #expect(reader.remaining == 0)
        return response
    }

    /// A request that is answered at once.
    func call<Request: ApiRequest>(_ request: Request, version: Int16? = nil) throws -> Request.Response {
        let token = try send(request, version: version)
        return try #require(try answer(token, as: Request.Response.self), "\(Request.apiKey) is not answered")
    }
}

extension BrokerWorld {
    /// A topic of the broker's own program.
    func create(_ name: String, partitions: Int32, configs: [String: String]) throws -> [BrokerAction] {
        let actions = try broker.createTopic(named: name, partitions: partitions, configs: configs, now: now)
        perform(actions)
        return actions
    }

    // MARK: Nodes

    func kill(_ node: Int32) { perform(broker.killNode(node, now: now)) }
    func start(_ node: Int32) { perform(broker.startNode(node, now: now)) }
    func stop(_ node: Int32) { perform(broker.stopNode(node, now: now)) }

    @discardableResult
    func move(_ move: LeaderMove) -> Int {
        let moved = broker.moveLeaders(move, now: now)
        perform(moved.actions)
        return moved.count
    }

    func keepMetadata(of node: Int32, for milliseconds: Int64) {
        broker.keepMetadata(of: node, for: milliseconds, now: now)
    }
}

extension BrokerWorld {
    var encounters: BrokerEncounters { broker.encounters }

    /// Another broker takes all groups and transactional ids over.
    func moveCoordinators() { perform(broker.moveCoordinators(now: now)) }
}
