import EventLog

extension EventLogContract {
    static let producing = [
        ContractCase("records come back byte for byte", roundTrip),
        ContractCase("offsets come in the order of the records", offsetsInOrder),
        ContractCase("a partition that is not there is an error at that place", unknownPartition),
        ContractCase("a record that is too large is an error at its place", largeRecord),
        ContractCase("a closed producer says so", closedProducer),
    ]

    private static func roundTrip(_ log: any EventLogUnderTest) throws {
        let places = try log.places("round-trip", 2)
        let headers = [
            RecordHeader("content-type", "application/json"), RecordHeader(name: "null", value: nil),
            RecordHeader(name: "empty", value: []), RecordHeader(name: "bytes", value: [0, 255, 0]),
            RecordHeader("content-type", "again"), RecordHeader("ünïcode", "☃"),
        ]
        let topic = places[0].topic
        let sent = [
            OutgoingRecord(topic: topic, partition: 0, key: [1, 0, 2], value: [0, 1], headers: headers),
            OutgoingRecord(topic: topic, partition: 0, key: [], value: []),
            OutgoingRecord(topic: topic, partition: 0, key: nil, value: nil),
            OutgoingRecord(topic: topic, partition: 0, key: Array("tombstone".utf8), value: nil, headers: headers),
            OutgoingRecord(topic: topic, partition: 1, key: nil, value: Array(repeating: 7, count: 900_000)),
        ]
        try expect(log.write(sent), [0, 1, 2, 3, 0], "offsets")
        let reader = try log.makeReader()
        defer { reader.close() }
        try reader.assign([places[0]: .earliest, places[1]: .earliest])
        let read = try log.read(5, by: reader).sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
        try expect(read.map(\.topicPartition), sent.map(\.topicPartition), "places")
        try expect(read.map(\.offset), [0, 1, 2, 3, 0], "offsets")
        try expect(read.map(\.key), sent.map(\.key), "keys")
        try expect(read.map(\.headers), sent.map(\.headers), "headers")
        try expect(read.map(\.value) == sent.map(\.value), "values are as they were")
        try expect(
            read.allSatisfy { $0.timestampMilliseconds > 0 }, "each has a time",
            seen: "\(read.map(\.timestampMilliseconds))")
    }

    private static func offsetsInOrder(_ log: any EventLogUnderTest) throws {
        let places = try log.places("offsets", 2)
        let producer = try log.makeProducer()
        defer { producer.close() }
        try expect(producer.produce([]), [], "offsets of nothing")
        let mixed = zip(numbered(places[0], 0..<500), numbered(places[1], 0..<500)).flatMap { [$0, $1] }
        try expect(producer.produce(mixed), (0..<500).flatMap { [Int64($0), Int64($0)] }, "offsets of a mixed batch")
        try expect(
            producer.produce(numbered(places[0], 500..<1_500)), (500..<1_500).map(Int64.init), "offsets of the next")
        let other = try log.makeProducer()
        defer { other.close() }
        try expect(other.produce(numbered(places[0], 1_500..<1_501)), [1_500], "the offset of another producer's")
        try expect(producer.produce(numbered(places[0], 1_501..<1_502)), [1_501], "the offset behind that")
        try expect(texts(log.everything(in: places[0])), values(0..<1_502), "records in the order of writing")
        try expect(texts(log.everything(in: places[1])), values(0..<500), "records of the other partition")
    }

    private static func unknownPartition(_ log: any EventLogUnderTest) throws {
        var place = try log.place("partitions")
        place.partition = 99
        let error = try expectFailure(.unknownTopic, of: "writing to \(place)") {
            try log.write(numbered(place, 0..<1))
        }
        try expect(error.place, place, "the place to blame")
    }

    private static func largeRecord(_ log: any EventLogUnderTest) throws {
        let place = try log.place("large")
        let error = try expectFailure(.recordTooLarge, of: "writing 1.5 MB") { try log.write([tooLarge(place)]) }
        try expect(error.place, place, "the place to blame")
        try expect(log.write(numbered(place, 0..<1)), [0], "the offset of the next record")
    }

    private static func closedProducer(_ log: any EventLogUnderTest) throws {
        let place = try log.place("closed-producer")
        let member = try log.member("closed-producer", [place.topic])
        defer { member.close() }
        let producer = try log.makeProducer()
        producer.close()
        producer.close()
        try expectFailure(.other, of: "writing") { _ = try producer.produce(numbered(place, 0..<1)) }
        let transactional = try log.transactional("closed-producer")
        transactional.close()
        transactional.close()
        let result = transactional.transact(numbered(place, 0..<1), offsets: [place: 1], of: member)
        try result.aborted(.other, what: "a transaction of a closed producer")
        try expectFailure(.other, of: "initialising") { try transactional.initialize() }
        try expect(texts(log.everything(in: place)), [], "what was written")
    }
}
