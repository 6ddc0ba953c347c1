import EventLog
import KafkaClient
import Testing

extension KafkaClientTests {
    @Suite struct Reading {
        @Test func positionsReachTheHighWatermark() throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("positions", partitions: 3)
            let places = (0..<3).map { TopicPartition(topic: topic, partition: $0) }
            _ = try cluster.write(numbered(topic, 0..<10) + numbered(topic, 0..<4, partition: 1))
            let reader = try cluster.reader()
            defer { reader.close() }
            let marks = try reader.watermarks(places)
            #expect(marks[places[0]] == Watermarks(low: 0, high: 10))
            #expect(marks[places[1]] == Watermarks(low: 0, high: 4))
            #expect(marks[places[2]] == Watermarks(low: 0, high: 0))
            try reader.assign([places[0]: .earliest, places[1]: .offset(2), places[2]: .earliest])
            #expect(try reader.positions() == [places[1]: 2])
            #expect(try reader.readUp(to: marks.mapValues(\.high)).count == 12)
            #expect(try reader.positions() == marks.mapValues(\.high))
        }

        @Test func latestBeginsAtTheEnd() throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("latest", partitions: 1)
            let place = TopicPartition(topic: topic, partition: 0)
            _ = try cluster.write(numbered(topic, 0..<5))
            let reader = try cluster.reader()
            defer { reader.close() }
            try reader.assign([place: .latest])
            #expect(try reader.readUp(to: [place: 5]) == [])
            _ = try cluster.write(numbered(topic, 5..<7))
            #expect(try texts(reader.read(2)) == ["v5", "v6"])
        }

        @Test func assigningAnewForgetsWhatWasRead() throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("again")
            let first = TopicPartition(topic: topic, partition: 0)
            _ = try cluster.write(numbered(topic, 0..<100))
            _ = try cluster.write(numbered(topic, 100..<110, partition: 1))
            let reader = try cluster.reader()
            defer { reader.close() }
            try reader.assign([first: .earliest])
            #expect(try reader.poll(maxRecords: 1, timeout: .seconds(10)).count <= 1)
            try reader.assign([first: .offset(98)])
            #expect(try texts(reader.readUp(to: [first: 100])) == ["v98", "v99"])
            let second = TopicPartition(topic: topic, partition: 1)
            try reader.assign([second: .earliest])
            #expect(try reader.readUp(to: [second: 10]).count == 10)
            #expect(try reader.positions() == [second: 10])
        }

        @Test func pollReturnsAtMostWhatWasAskedFor() throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("limit", partitions: 1)
            let place = TopicPartition(topic: topic, partition: 0)
            _ = try cluster.write(numbered(topic, 0..<25))
            let reader = try cluster.reader()
            defer { reader.close() }
            try reader.assign([place: .earliest])
            var sizes: [Int] = []
            var all: [LogRecord] = []
            try waitUntil("25 records") {
                let records = try reader.poll(maxRecords: 10, timeout: .milliseconds(500))
                sizes.append(records.count)
                all += records
                return all.count == 25
            }
            #expect(sizes.max() == 10)
            #expect(all.map(\.offset) == (0..<25).map(Int64.init))
        }

        @Test(arguments: [Int64(1_000_000), 6])
        func positionBeyondTheEndIsAnErrorThatSaysWhich(offset: Int64) throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("beyond", partitions: 1)
            let place = TopicPartition(topic: topic, partition: 0)
            _ = try cluster.write(numbered(topic, 0..<5))
            let reader = try cluster.reader()
            defer { reader.close() }
            try reader.assign([place: .offset(offset)])
            let error = try failure {
                try waitUntil("an error") {
                    _ = try reader.poll(maxRecords: 10, timeout: .milliseconds(200))
                    return false
                }
            }
            #expect(error.code == .offsetOutOfRange)
            #expect(error.place == place)
            #expect(error.detail.contains("\(offset)"))
            #expect(error.detail.contains("0 to 5"))
        }

        @Test func trimmedPositionIsAnErrorThatSaysWhatIsMissing() throws {
            // The mock keeps 5 MiB a partition and drops what is older.
            let cluster = try TestCluster(mockOnly: true, properties: ["compression.codec": "none"])
            let topic = try cluster.topic("trimmed", partitions: 1)
            let place = TopicPartition(topic: topic, partition: 0)
            let large = (0..<12).map { _ in
                OutgoingRecord(topic: topic, partition: 0, key: nil, value: Array(repeating: 1, count: 900_000))
            }
            _ = try cluster.write(large)
            let reader = try cluster.reader()
            defer { reader.close() }
            let low = try #require(try reader.watermarks([place])[place]).low
            #expect(low > 0)
            try reader.assign([place: .offset(0)])
            let error = try failure {
                try waitUntil("an error") {
                    _ = try reader.poll(maxRecords: 10, timeout: .milliseconds(200))
                    return false
                }
            }
            #expect(error.code == .offsetOutOfRange)
            #expect(error.place == place)
            #expect(error.detail.contains("0 to \(low - 1) are missing"))
        }

        @Test func missingTopicHasNoPartitionCount() throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("counted", partitions: 5)
            let missing = cluster.prefix + "missing"
            cluster.mock?.failTopic(missing, code: 3)
            let reader = try cluster.reader()
            defer { reader.close() }
            #expect(try reader.partitionCount(of: topic) == 5)
            #expect(try reader.partitionCount(of: missing) == nil)
            #expect(try reader.clusterID()?.isEmpty == false)
            let place = TopicPartition(topic: missing, partition: 0)
            #expect(try failure { _ = try reader.watermarks([place]) }.code == .unknownTopic)
        }

        @Test func closedReaderSaysSo() throws {
            let cluster = try TestCluster()
            let reader = try cluster.reader()
            reader.close()
            reader.close()
            #expect(try failure { _ = try reader.poll(maxRecords: 1, timeout: .zero) }.code == .other)
        }
    }
}
