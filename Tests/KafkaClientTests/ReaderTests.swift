import EventLog
import KafkaClient
import Testing

extension KafkaClientTests {
    @Suite struct Reading {
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

        /// A batch that is small on the wire may be large inside: an answer holds as much as fits, and goes on with the next.
        @Test func largeRecordsMakeNoLargeAnswer() throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("heavy", partitions: 1)
            let place = TopicPartition(topic: topic, partition: 0)
            let size = 1_000_000
            let heavy = OutgoingRecord(topic: topic, partition: 0, key: nil, value: [UInt8](repeating: 1, count: size))
            _ = try cluster.write(Array(repeating: heavy, count: 40))
            let reader = try cluster.reader()
            defer { reader.close() }
            let member = try cluster.member(of: "heavy", [topic])
            defer { member.close() }
            try reader.assign([place: .earliest])
            _ = try member.joinFromBeginning()
            for isMember in [false, true] {
                var counts: [Int] = []
                try waitUntil("all are read") {
                    let records =
                        isMember
                        ? try member.readAnsweringNews() : try reader.poll(maxRecords: 100, timeout: .milliseconds(100))
                    counts.append(records.count)
                    return counts.reduce(0, +) == 40
                }
                #expect(counts.allSatisfy { $0 <= (16 << 20) / size + 1 }, "\(counts)")
            }
        }

        @Test func clusterTellsItsID() throws {
            let cluster = try TestCluster()
            let reader = try cluster.reader()
            defer { reader.close() }
            #expect(try reader.clusterID()?.isEmpty == false)
        }
    }
}
