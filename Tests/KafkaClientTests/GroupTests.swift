import EventLog
import Foundation
import KafkaClient
import Synchronization
import Testing

extension KafkaClientTests {
    @Suite struct Group {
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
            onAThread {
                box.value.close()
                isClosed.withLock { $0 = true }
            }
            try waitUntil("the member is closed", within: .seconds(10)) { isClosed.withLock { $0 } }
        }

        /// A topic that is deleted and made again is another one. Who reads on is told so, and its end does not hang.
        @Test func aTopicThatIsMadeAnewIsNoticed() throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("anew", partitions: 1)
            let place = TopicPartition(topic: topic, partition: 0)
            _ = try cluster.write(numbered(topic, 0..<5))
            let member = try cluster.member(of: "anew", [topic])
            defer { member.close() }
            _ = try member.joinFromBeginning()
            #expect(try member.read(5).count == 5)
            try member.commit([place: 5])
            let admin = try KafkaAdmin(configuration: cluster.configuration)
            defer { admin.close() }
            try admin.deleteTopics([topic])
            try cluster.create(topic, partitions: 1)
            _ = try cluster.write(numbered(topic, 5..<6))
            var codes: [LogError.Code] = []
            try waitUntil(
                "it is told that its position is not in the log, or given a topic without one", within: .seconds(60)
            ) {
                do {
                    switch try member.poll(maxRecords: 100, timeout: .milliseconds(100)) {
                    case .records(let records): #expect(records.isEmpty, "read on as if it were the same topic")
                    case .revoked: try member.unassign()
                    case .assigned(let places): return try places == [place] && member.committedOffsets(places).isEmpty
                    }
                } catch let error as LogError {
                    codes.append(error.code)
                    #expect(error.code == .unknownTopic || error.code == .offsetOutOfRange, "\(error)")
                }
                return codes.last == .offsetOutOfRange
            }
            let isClosed = Mutex(false)
            let box = Box(member)
            onAThread {
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
