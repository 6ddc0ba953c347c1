import EventLog
import Foundation
import KafkaClient
import Synchronization
import Testing

/// Carries what belongs to one thread at a time over to another.
private struct Box<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}

extension KafkaClientTests {
    @Suite struct Group {
        @Test func firstStartCommitAndResumeByAnother() throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("resume")
            let places = [TopicPartition(topic: topic, partition: 0), TopicPartition(topic: topic, partition: 1)]
            _ = try cluster.write(numbered(topic, 0..<10) + numbered(topic, 10..<20, partition: 1))

            let first = try cluster.member(of: "resume", [topic])
            #expect(try first.awaitAssignment() == places)
            #expect(try first.committedOffsets(places) == [:])
            try first.assign([places[0]: .earliest, places[1]: .offset(5)])
            let read = try first.read(15)
            #expect(texts(read.filter { $0.partition == 0 }) == (0..<10).map { "v\($0)" })
            #expect(texts(read.filter { $0.partition == 1 }) == (15..<20).map { "v\($0)" })
            try first.commit([places[0]: 7])
            #expect(try first.committedOffsets(places) == [places[0]: 7])
            #expect(
                try GroupOffsets.committed(
                    configuration: cluster.configuration, group: cluster.prefix + "resume", partitions: places)
                    == [places[0]: 7])
            first.close()

            let second = try cluster.member(of: "resume", [topic])
            defer { second.close() }
            #expect(try second.awaitAssignment() == places)
            let committed = try second.committedOffsets(places)
            try second.assign([places[0]: .offset(try #require(committed[places[0]])), places[1]: .latest])
            #expect(try texts(second.read(3)) == ["v7", "v8", "v9"])
        }

        @Test func urgentTopicsComeFirst() throws {
            let cluster = try TestCluster()
            let normal = try cluster.topic("normal", partitions: 1)
            let urgent = try cluster.topic("urgent", partitions: 1)
            _ = try cluster.write(numbered(normal, 0..<2_000) + numbered(urgent, 0..<5))
            let member = try cluster.member(of: "urgent", [normal, urgent], urgent: [urgent])
            defer { member.close() }
            _ = try member.joinFromBeginning()
            var seen: [LogRecord] = []
            try waitUntil("all urgent records") {
                if case .records(let records) = try member.poll(maxRecords: 10, timeout: .milliseconds(100)) {
                    // Within one answer nothing normal stands before something urgent.
                    #expect(
                        records.map { $0.topic == urgent ? 0 : 1 }
                            == records.map { $0.topic == urgent ? 0 : 1 }.sorted())
                    seen += records
                }
                return seen.filter { $0.topic == urgent }.count == 5
            }
            // Behind a backlog that is here already, a new urgent record overtakes.
            #expect(seen.count < 2_000)
            _ = try cluster.write(numbered(urgent, 5..<6))
            var overtaken = 0
            try waitUntil("the new urgent record") {
                guard case .records(let records) = try member.poll(maxRecords: 1, timeout: .milliseconds(100)) else {
                    return false
                }
                overtaken += 1
                return records.contains { $0.topic == urgent }
            }
            #expect(overtaken < 1_500)
            let rest = try member.read(2_005 - seen.count - overtaken + 1)
            #expect(rest.last?.offset == 1_999)
        }

        @Test func rebalanceTakesAndGives() throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("rebalance")
            let places = [TopicPartition(topic: topic, partition: 0), TopicPartition(topic: topic, partition: 1)]
            _ = try cluster.write(numbered(topic, 0..<10) + numbered(topic, 0..<10, partition: 1))
            let first = try cluster.member(of: "rebalance", [topic])
            defer { first.close() }
            #expect(try first.joinFromBeginning() == places)
            #expect(try first.read(20).count == 20)

            let second = try cluster.member(of: "rebalance", [topic])
            defer { second.close() }
            var taken: [TopicPartition] = []
            var news = false
            var shares: [[TopicPartition]?] = [nil, nil]
            try waitUntil("both have their share", within: .seconds(60)) {
                for (index, member) in [first, second].enumerated() {
                    // A member busy with work hears of the news by heartbeats, and of their content by the next poll.
                    if index == 0, !news {
                        news = try member.heartbeat()
                        if !news { continue }
                    }
                    switch try member.poll(maxRecords: 100, timeout: .milliseconds(50)) {
                    case .assigned(let partitions):
                        shares[index] = partitions
                        try member.assign(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .earliest) }))
                    case .revoked(let partitions, let lost):
                        #expect(!lost)
                        if index == 0 { taken = partitions }
                        try member.unassign()
                    case .records: break
                    }
                }
                return shares[0]?.count == 1 && shares[1]?.count == 1
            }
            #expect(taken == places)
            #expect(news)
            #expect(
                (shares[0] ?? []).sorted() + (shares[1] ?? []).sorted() == places
                    || (shares[1] ?? []).sorted() + (shares[0] ?? []).sorted() == places)
            // Each goes on with its own alone.
            _ = try cluster.write(numbered(topic, 10..<12) + numbered(topic, 10..<12, partition: 1))
            for (index, member) in [first, second].enumerated() {
                var own: [LogRecord] = []
                try waitUntil("member \(index) reads its partition") {
                    if case .records(let records) = try member.poll(maxRecords: 100, timeout: .milliseconds(100)) {
                        own += records
                    }
                    return own.contains { $0.offset == 11 }
                }
                #expect(Set(own.map(\.topicPartition)) == Set(shares[index] ?? []))
            }
        }

        @Test func nothingComesAfterUnassigning() throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("nothing", partitions: 1)
            let place = TopicPartition(topic: topic, partition: 0)
            _ = try cluster.write(numbered(topic, 0..<100))
            let member = try cluster.member(of: "nothing", [topic])
            defer { member.close() }
            _ = try member.joinFromBeginning()
            #expect(try member.read(1, maxRecords: 1).count == 1)
            try member.unassign()
            if case .records(let records) = try member.poll(maxRecords: 100, timeout: .milliseconds(500)) {
                #expect(records == [])
            } else {
                Issue.record("no news were due")
            }
            // Taken anew without being asked, from another place: librdkafka's forwarding survives it.
            try member.assign([place: .offset(50)])
            #expect(try member.read(50).map(\.offset) == (50..<100).map(Int64.init))
            try member.assign([place: .offset(90)])
            #expect(try member.read(10).map(\.offset) == (90..<100).map(Int64.init))
        }

        @Test func positionBeyondTheEndIsAnError() throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("member-beyond", partitions: 1)
            let place = TopicPartition(topic: topic, partition: 0)
            _ = try cluster.write(numbered(topic, 0..<5))
            let member = try cluster.member(of: "beyond", [topic])
            defer { member.close() }
            _ = try member.awaitAssignment()
            try member.assign([place: .offset(77)])
            let error = try failure {
                try waitUntil("an error") {
                    _ = try member.poll(maxRecords: 10, timeout: .milliseconds(200))
                    return false
                }
            }
            #expect(error.code == .offsetOutOfRange)
            #expect(error.place == place)
            #expect(error.detail.contains("77"))
        }

        @Test func subscribingToAMissingTopicIsAnError() throws {
            let cluster = try TestCluster()
            let missing = cluster.prefix + "nowhere"
            cluster.mock?.failTopic(missing, code: 3)
            let member = try cluster.member(of: "missing", [missing])
            defer { member.close() }
            let error = try failure {
                try waitUntil("an error") {
                    _ = try member.poll(maxRecords: 10, timeout: .milliseconds(200))
                    return false
                }
            }
            #expect(error.code == .unknownTopic)
            #expect(error.detail.contains(missing))
        }

        @Test(arguments: [
            (Int32(22), LogError.Code.rejoin), (25, .rejoin), (27, .rejoin), (82, .rejoin), (30, .notAuthorized),
        ])
        func refusedCommitIsMapped(broker: Int32, code: LogError.Code) throws {
            let cluster = try TestCluster(mockOnly: true)
            let topic = try cluster.topic("commit", partitions: 1)
            let place = TopicPartition(topic: topic, partition: 0)
            let member = try cluster.member(of: "commit", [topic])
            defer { member.close() }
            _ = try member.joinFromBeginning()
            cluster.mock?.pushRequestErrors(.offsetCommit, [broker])
            #expect(try failure { try member.commit([place: 3]) }.code == code)
        }

        /// For a moment, and for longer than the group waits for a silent member.
        @Test(arguments: [0.0, 3.5])
        func brokerAwayIsLoggedAndSurvived(seconds: Double) throws {
            let cluster = try TestCluster(mockOnly: true)
            let topic = try cluster.topic("away", partitions: 1)
            _ = try cluster.write(numbered(topic, 0..<5))
            let member = try cluster.member(of: "away", [topic])
            defer { member.close() }
            _ = try member.joinFromBeginning()
            #expect(try member.read(5).count == 5)
            let mock = try #require(cluster.mock)
            mock.takeDown()
            try waitUntil("the loss is logged") {
                _ = try member.readAnsweringNews()
                return cluster.log.all.contains { $0.facility == "_ALL_BROKERS_DOWN" || $0.facility == "_TRANSPORT" }
            }
            let end = ContinuousClock.now + .seconds(seconds)
            try waitUntil("the time is over") {
                _ = try member.readAnsweringNews()
                return ContinuousClock.now >= end
            }
            mock.bringUp()
            _ = try cluster.write(numbered(topic, 5..<6))
            try waitUntil("the next record") { try texts(member.readAnsweringNews()).contains("v5") }
        }

        @Test func lagIsBetweenCommittedAndHighWatermark() throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("lag")
            let places = [TopicPartition(topic: topic, partition: 0), TopicPartition(topic: topic, partition: 1)]
            _ = try cluster.write(numbered(topic, 0..<10))
            let member = try cluster.member(of: "lag", [topic])
            _ = try member.joinFromBeginning()
            try member.commit([places[0]: 4])
            member.close()
            let lags = try GroupLag.measure(
                configuration: cluster.configuration, group: cluster.prefix + "lag", topics: [topic])
            #expect(lags.map(\.place) == places)
            #expect(lags.map(\.committed) == [4, nil])
            #expect(lags.map(\.lag) == [6, 0])
        }

        /// News of the group that were taken from librdkafka, and that nobody answered, must not hold up the end.
        @Test(arguments: [false, true])
        func closingWithUnansweredNewsEnds(ofRevocation: Bool) throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("unanswered")
            let member = try cluster.member(of: "unanswered", [topic])
            var second: KafkaGroupConsumer?
            defer { second?.close() }
            if ofRevocation {
                _ = try member.joinFromBeginning()
                second = try cluster.member(of: "unanswered", [topic])
            }
            try waitUntil("there are news") { try member.heartbeat() }
            let isClosed = Mutex(false)
            let box = Box(member)
            Thread.detachNewThread {
                box.value.close()
                isClosed.withLock { $0 = true }
            }
            try waitUntil("the member is closed", within: .seconds(10)) { isClosed.withLock { $0 } }
        }

        @Test func closingIsQuickAndHarmlessTwice() throws {
            let cluster = try TestCluster(mockOnly: true)
            let topic = try cluster.topic("close")
            _ = try cluster.write(numbered(topic, 0..<10))
            let member = try cluster.member(of: "close", [topic])
            _ = try member.joinFromBeginning()
            cluster.mock?.takeDown()
            let start = ContinuousClock.now
            member.close()
            member.close()
            #expect(ContinuousClock.now - start < .seconds(6))
            #expect(try failure { _ = try member.poll(maxRecords: 1, timeout: .zero) }.code == .other)
        }
    }
}
