import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// Any requests, of all APIs and versions, in any order: nothing traps, and each is answered once or waits.
@Suite struct BrokerFuzzTests {
    private static let requests: [any ApiRequest.Type] = [
        ProduceRequest.self, FetchRequest.self, ListOffsetsRequest.self, MetadataRequest.self,
        KafkaProtocol.OffsetCommitRequest.self, OffsetFetchRequest.self, FindCoordinatorRequest.self,
        JoinGroupRequest.self, HeartbeatRequest.self, LeaveGroupRequest.self, SyncGroupRequest.self,
        DescribeGroupsRequest.self, ListGroupsRequest.self, ApiVersionsRequest.self, CreateTopicsRequest.self,
        DeleteTopicsRequest.self, DeleteRecordsRequest.self, InitProducerIDRequest.self,
        OffsetForLeaderEpochRequest.self, AddPartitionsToTxnRequest.self, AddOffsetsToTxnRequest.self,
        EndTxnRequest.self, TxnOffsetCommitRequest.self, DescribeConfigsRequest.self, AlterConfigsRequest.self,
        CreatePartitionsRequest.self, DeleteGroupsRequest.self, IncrementalAlterConfigsRequest.self,
        OffsetDeleteRequest.self, DescribeClusterRequest.self, DescribeProducersRequest.self,
        DescribeTransactionsRequest.self, ListTransactionsRequest.self,
    ]

    @Test func allApisAreTried() {
        #expect(Set(Self.requests.map { $0.apiKey }) == Set(ApiKey.allCases))
    }

    /// One life of a broker under fire.
    private struct Run {
        let world = BrokerWorld(
            BrokerConfiguration(
                maximumPartitions: 20, maximumTotalPartitions: 50, logCheckInterval: 500, markerDelay: 5))
        var draws: LogDraws
        var producer: TestProducer
        var waiting: [RequestToken] = []
        var joins: [(RequestToken, String)] = []

        init(seed: UInt64) throws {
            draws = LogDraws(seed: seed)
            try world.createTopic(partitions: 3)
            try world.createTopic("u", configs: ["cleanup.policy": "compact", "segment.ms": "1"])
            producer = try world.producer("tx")
        }

        private var words: [String] {
            let groups = (try? world.call(DescribeGroupsRequest(groupIDs: ["g", "t", "tx"])).groups) ?? []
            return groups.flatMap(\.members).map(\.memberID)
        }

        private var ids: [WireUUID] {
            ((try? world.call(MetadataRequest(allowAutoTopicCreation: false)).topics) ?? []).map(\.topicID)
        }

        mutating func send<Request: ApiRequest>(_ type: Request.Type) throws {
            let versions = Request.apiKey.supportedVersions
            let version = versions.lowerBound + Int16(draws.below(versions.count))
            var coder = LikelyCoder(
                version: version, flexible: Request.apiKey.isFlexible(version), draws: draws, words: words, ids: ids,
                producer: (producer.id, producer.epoch))
            var request = Request.blank
            request.code(&coder)
            draws = coder.draws
            let token = try world.send(request, version: version)
            if world.isAnswered(token) { return }
            #expect([.fetch, .joinGroup, .syncGroup].contains(Request.apiKey), "\(Request.apiKey) is not answered")
            waiting.append(token)
        }

        /// The leaders of groups do their part.
        private func lead() throws {
            for (token, group) in joins {
                guard let joined = try world.answer(token, as: JoinGroupResponse.self), joined.errorCode == .none,
                    joined.leader == joined.memberID
                else { continue }
                _ = try world.sync(
                    joined.memberID, joined.generationID, assign: [joined.memberID: "all"], group: group)
            }
        }

        /// Topics change.
        private mutating func administer() throws {
            let topic = CreatePartitionsRequest.Topic(name: "t", count: Int32(3 + draws.below(4)))
            _ = try world.call(CreatePartitionsRequest(topics: [topic]))
            let config = IncrementalAlterConfigsRequest.Config(
                name: "segment.ms", value: "\(1 + draws.below(1_000))")
            _ = try world.call(
                IncrementalAlterConfigsRequest(resources: [
                    .init(resourceType: .topic, resourceName: "t", configs: [config])
                ]))
            try world.createTopic("u", configs: ["cleanup.policy": "compact", "segment.ms": "1"])
        }

        /// A step of a transaction that could be real, so that the others meet something.
        mutating func live() throws {
            switch draws.below(12) {
            case 0: if let next = try? world.producer("tx") { producer = next }
            case 1: _ = try world.add([BrokerWorld.place(Int32(draws.below(3)))], to: producer)
            case 2: _ = try world.produce(["r"], to: BrokerWorld.place(Int32(draws.below(3))), by: &producer)
            case 3: _ = try world.end(producer, commit: draws.chance(1, of: 2))
            case 4:
                let group = "g\(draws.below(3))"
                joins.append((try world.join(group: group, version: 3), group))
                if joins.count > 6 { joins.removeFirst() }
            case 5: try lead()
            case 7: try administer()
            case 10:
                let place = BrokerWorld.place(Int32(draws.below(3)))
                let isolation: IsolationLevel = draws.chance(1, of: 2) ? .readCommitted : .readUncommitted
                let end = try world.offset(place, -1).offset
                waiting.append(try world.send(world.fetchRequest(place, from: end, isolation, wait: 300)))
            case 8: _ = try world.commitOffset(Int64(draws.below(5)), group: "offsets")
            case 9:
                try world.produce(["k\(draws.below(2))"], to: BrokerWorld.place(topic: "u"))
                world.pass(2)
            case 6:
                _ = try world.addOffsets(to: producer)
                _ = try world.commitOffset(Int64(draws.below(5)), in: producer)
            default: try world.createTopic(partitions: 3)
            }
        }
    }

    /// What a campaign must have met, or it has tested nothing.
    private enum Sight: String, CaseIterable {
        case commit, abort, generation, offsets, pendingOffsets, deletion, logStart, compaction, settings, growth,
            parked

        init?(_ write: BrokerDisk.Write) {
            switch write {
            case .compacted: self = .compaction
            case .action(.journal(.transaction(.updated(let record)))):
                switch record.state {
                case .completeCommit: self = .commit
                case .completeAbort: self = .abort
                case .empty, .ongoing, .prepareCommit, .prepareAbort: return nil
                }
            case .action(.journal(.group(.stable))): self = .generation
            case .action(.journal(.group(.offsetsCommitted))): self = .offsets
            case .action(.journal(.group(.offsetsPending))): self = .pendingOffsets
            case .action(.journal(.log(_, .logStart))): self = .logStart
            case .action(.journal(.topic(.deleted))): self = .deletion
            case .action(.journal(.topic(.configured))): self = .settings
            case .action(.journal(.topic(.partitionsAdded))): self = .growth
            case .action: return nil
            }
        }
    }

    @Test func anythingIsAnsweredOrWaits() throws {
        var seen: Set<Sight> = []
        for seed in 1...25 as ClosedRange<UInt64> { seen.formUnion(try life(seed)) }
        for sight in Sight.allCases { #expect(seen.contains(sight), "the campaign never met \(sight.rawValue)") }
    }

    private func life(_ seed: UInt64) throws -> Set<Sight> {
        var run = try Run(seed: seed)
        var hasParked = false
        for _ in 0..<300 {
            if run.draws.chance(1, of: 3) {
                try run.live()
            } else {
                try run.send(Self.requests[run.draws.below(Self.requests.count)])
            }
            if run.draws.chance(1, of: 10) { run.world.pass(Int64(run.draws.below(700))) }
            if run.draws.chance(1, of: 60) {
                run.waiting = []
                try run.world.restart(fromSnapshot: run.draws.chance(1, of: 2))
            }
            if run.draws.chance(1, of: 20), let token = run.waiting.last, !run.world.isAnswered(token) {
                run.world.disconnect(token)
            }
            if run.waiting.contains(where: { !run.world.isAnswered($0) }) { hasParked = true }
        }
        return Set(run.world.history.compactMap(Sight.init) + (hasParked ? [.parked] : []))
    }

    @Test func aSeedReplaysToTheSameBytes() throws {
        func journal() throws -> [[UInt8]] {
            var run = try Run(seed: 99)
            for _ in 0..<150 {
                try run.live()
                try run.send(Self.requests[run.draws.below(Self.requests.count)])
                run.world.pass(10)
            }
            return run.world.disk.journal
        }
        let first = try journal()
        #expect(first.count > 50)
        #expect(try journal() == first)
    }
}
