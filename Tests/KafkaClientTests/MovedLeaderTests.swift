import EventLog
import Synchronization
import Testing

@testable import KafkaClient

extension KafkaClientTests {
    /// Questions to a cluster whose leaders move, die or are missing: whoever asks finds out, within its time.
    @Suite struct MovedLeaders {
        private let cluster: TestCluster
        private let mock: MockCluster
        private let places: [TopicPartition]

        init() throws {
            cluster = try TestCluster(brokers: 3, mockOnly: true)
            mock = try #require(cluster.mock)
            let topic = try cluster.topic("moved", partitions: 3)
            places = (0..<3).map { TopicPartition(topic: topic, partition: $0) }
            for place in places { mock.setLeader(of: place, broker: place.partition + 1) }
            for place in places {
                _ = try cluster.write(numbered(topic, 0..<Int(place.partition) + 1, partition: place.partition))
            }
        }

        private var ends: [TopicPartition: Watermarks] {
            Dictionary(uniqueKeysWithValues: places.map { ($0, Watermarks(low: 0, high: Int64($0.partition) + 1)) })
        }

        @Test(arguments: [IsolationLevel.readCommitted, .readUncommitted])
        func watermarksAreAskedOfTheNewLeader(isolation: IsolationLevel) throws {
            let reader = try cluster.reader(isolation)
            defer { reader.close() }
            #expect(try reader.watermarks(places) == ends)
            for place in places { mock.setLeader(of: place, broker: (place.partition + 1) % 3 + 1) }
            #expect(try reader.watermarks(places) == ends)
            // One of several.
            mock.setLeader(of: places[1], broker: 1)
            #expect(try reader.watermarks(places) == ends)
        }

        @Test func aDeadLeaderIsAskedNoMore() throws {
            let reader = try cluster.reader()
            defer { reader.close() }
            #expect(try reader.watermarks(places) == ends)
            mock.takeDown(broker: 2)
            mock.setLeader(of: places[1], broker: 3)
            #expect(try reader.watermarks(places) == ends)
        }

        @Test func aPartitionWithoutALeaderIsNotAMissingOne() throws {
            let reader = try KafkaLogReader(configuration: cluster.configuration, timeout: .seconds(2))
            defer { reader.close() }
            #expect(try reader.watermarks(places) == ends)
            for place in places { mock.setLeader(of: place, broker: nil) }
            for asked in [places, [places[0]]] {
                let error = try failure { _ = try reader.watermarks(asked) }
                #expect(error.isRetriable, "\(error)")
            }
            for place in places { mock.setLeader(of: place, broker: 1) }
            #expect(try reader.watermarks(places) == ends)
            let beyond = TopicPartition(topic: places[0].topic, partition: 7)
            #expect(try failure { _ = try reader.watermarks([beyond]) }.code == .unknownTopic)
        }

        /// Brokers that take everything and answer nothing, for longer than the test waits.
        @Test func aQuestionEndsInItsTime() throws {
            let reader = try KafkaLogReader(configuration: cluster.configuration, timeout: .seconds(2))
            defer { reader.close() }
            #expect(try reader.watermarks(places) == ends)
            for broker in 1...3 { mock.setRoundTripTime(.seconds(600), broker: Int32(broker)) }
            let codes = Mutex<[LogError.Code]>([])
            let (box, places) = (Box(reader), places)
            onAThread {
                for question in 0..<2 {
                    do throws(LogError) {
                        if question == 0 {
                            _ = try box.value.watermarks(places)
                        } else {
                            _ = try box.value.partitionCount(of: "moved")
                        }
                    } catch { codes.withLock { $0.append(error.code) } }
                }
            }
            try waitUntil("both questions end") { codes.withLock { $0.count } == 2 }
            #expect(codes.withLock { $0 } == [.unreachable, .unreachable])
        }

        @Test func committedOffsetsAreAskedOfTheNewCoordinator() throws {
            mock.setCoordinator(ofGroup: "moved", broker: 1)
            let member = try cluster.member(of: "moved", [places[0].topic])
            defer { member.close() }
            _ = try member.joinFromBeginning()
            try member.commit([places[0]: 1])
            let offsets = try GroupOffsets(configuration: cluster.configuration, group: "moved")
            defer { offsets.close() }
            #expect(try offsets.committed(places).mapValues(\.next) == [places[0]: 1])
            mock.setCoordinator(ofGroup: "moved", broker: 2)
            #expect(try offsets.committed(places).mapValues(\.next) == [places[0]: 1])
            #expect(try member.committedOffsets(places) == [places[0]: 1])
        }
    }

    /// A client's end that does not come is not waited for without a bound.
    @Suite struct Ends {
        @Test func whoDoesNotEndIsLeftBehind() throws {
            let release = Gate()
            #expect(!AbandonedClients.await { release.wait() })
            #expect(AbandonedClients.count == 1)
            #expect(AbandonedClients.await {})
            release.open()
            try waitUntil("it has ended") { AbandonedClients.count == 0 }
        }
    }
}
