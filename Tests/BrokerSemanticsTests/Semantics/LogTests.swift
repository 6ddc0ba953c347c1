import EventLog
import Foundation
import KafkaProtocol
import TestProcesses
import Testing
import WireClient

/// Partitions as logs.
@Suite("Logs") struct LogTests {
    @Test("the first record at or after a time is found")
    func offsetByTimestamp() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let client = try stage.client()
            // Not far in the past, or retention may take them.
            let base = Draft.now - 60_000
            func write(_ times: [Int64]) throws {
                let drafts = times.map { Draft("\($0)", timestamp: base + $0) }
                #expect(try client.produce(drafts, to: place).errorCode == .none)
            }
            try write([10, 20, 30])
            try write([40, 40])
            // Clocks may go back.
            try write([25, 60])
            let expected: [(Int64, Int64, Int64)] = [
                (0, 0, 10), (10, 0, 10), (11, 1, 20), (30, 2, 30), (31, 3, 40), (41, 6, 60), (60, 6, 60),
            ]
            for (time, offset, found) in expected {
                let answer = try client.listOffset(place, timestamp: base + time)
                #expect(answer.errorCode == .none)
                #expect(answer.offset == offset, "for \(time)")
                #expect(answer.timestamp == base + found, "for \(time)")
            }
            let none = try client.listOffset(place, timestamp: base + 61)
            #expect(none.errorCode == .none)
            #expect(none.offset == -1)
            #expect(none.timestamp == -1)
            #expect(try client.start(of: place) == 0)
            #expect(try client.end(of: place) == 7)
            if try client.leader(place).version(of: .listOffsets) >= 7 {
                // The record with the latest time (KIP-734).
                #expect(try client.listOffset(place, timestamp: -3).offset == 6)
            }
        }
    }

    @Test("records are deleted up to an offset")
    func deleteRecords() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let client = try stage.client()
            for number in 0..<10 { try client.write(["\(number)"], to: place) }
            func delete(_ offset: Int64) throws -> DeleteRecordsResponse.Partition {
                let partition = DeleteRecordsRequest.Partition(partitionIndex: 0, offset: offset)
                let answer = try client.leader(place).call(
                    DeleteRecordsRequest(
                        topics: [DeleteRecordsRequest.Topic(name: place.topic, partitions: [partition])],
                        timeoutMs: 30_000))
                return try #require(answer.topics.first?.partitions.first)
            }
            let deleted = try delete(4)
            #expect(deleted.errorCode == .none)
            #expect(deleted.lowWatermark == 4)
            #expect(try client.start(of: place) == 4)
            #expect(try client.fetch(place, from: 3, .readUncommitted).errorCode == .offsetOutOfRange)
            #expect(try client.fetch(place, from: 4, .readUncommitted).logStartOffset == 4)
            #expect(try client.read(place, .readUncommitted).values == ["4", "5", "6", "7", "8", "9"])
            #expect(try delete(11).errorCode == .offsetOutOfRange)
            // -1 is the end.
            #expect(try delete(-1).lowWatermark == 10)
            #expect(try client.start(of: place) == 10)
            #expect(try client.read(place, .readUncommitted).records.isEmpty)
            #expect(try client.write(["10"], to: place) == 10)
        }
    }

    @Test("offsets outside of the log are refused, its end is not")
    func outOfRange() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let client = try stage.client()
            try client.write(["a", "b"], to: place)
            #expect(try client.fetch(place, from: 2, .readUncommitted).errorCode == .none)
            #expect(try client.fetch(place, from: 3, .readUncommitted).errorCode == .offsetOutOfRange)
            #expect(try client.fetch(place, from: -5, .readUncommitted).errorCode == .offsetOutOfRange)
            let nowhere = TopicPartition(topic: place.topic, partition: 9)
            let answer = try client.leader(place).call(client.fetchRequest(nowhere, from: 0))
            #expect(answer.topics.first?.partitions.first?.errorCode == .unknownTopicOrPartition)
        }
    }

    @Test("a fetch that waits is answered when a record comes, or when its time is up")
    func waitingFetch() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let client = try stage.client()
            let connection = try client.leader(place)
            let start = ContinuousClock.now
            let empty = try connection.call(client.fetchRequest(place, from: 0, wait: 300))
            #expect(try !Reading.isIn(empty))
            #expect(ContinuousClock.now - start >= .milliseconds(290))
            let waiting = try connection.send(client.fetchRequest(place, from: 0, wait: 20_000))
            let wrote = ContinuousClock.now
            try stage.client().write(["a"], to: place)
            let answer = try connection.receive(waiting)
            #expect(try Reading.isIn(answer))
            #expect(ContinuousClock.now - wrote < .seconds(5))
        }
    }

    @Test("fetch sessions: kept up, or honestly refused (KIP-227)")
    func fetchSessions() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let client = try stage.client()
            try client.write(["a"], to: place)
            let connection = try client.leader(place)
            var request = client.fetchRequest(place, from: 0)
            (request.sessionID, request.sessionEpoch) = (0, 0)
            let first = try connection.call(request)
            #expect(first.errorCode == .none)
            if first.sessionID != 0 {
                // Only what changes is said from now on.
                try client.write(["b"], to: place)
                request.topics = client.fetchRequest(place, from: 1).topics
                (request.sessionID, request.sessionEpoch) = (first.sessionID, 1)
                let second = try connection.call(request)
                #expect(second.errorCode == .none)
                #expect(second.topics.first?.partitions.first?.highWatermark == 2)
                // Nothing new: no partition is mentioned.
                request.topics = client.fetchRequest(place, from: 2).topics
                request.sessionEpoch = 2
                #expect(try connection.call(request).errorCode == .none)
                request.topics = []
                request.sessionEpoch = 3
                #expect(try connection.call(request).topics.isEmpty)
                request.sessionEpoch = 7
                #expect(try connection.call(request).errorCode == .invalidFetchSessionEpoch)
            }
            (request.sessionID, request.sessionEpoch) = (1_234_567_890, 3)
            #expect(try connection.call(request).errorCode == .fetchSessionIDNotFound)
        }
    }
}
