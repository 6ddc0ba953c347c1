import EventLog

extension EventLogContract {
    static let reading = [
        ContractCase("positions reach the high watermarks", positionsReachTheEnd),
        ContractCase("latest begins at the end", latest),
        ContractCase("assigning anew forgets what was read", assigningAnew),
        ContractCase("a poll returns at most what was asked for", limit),
        ContractCase("a position that the log does not have is an error at that place", outOfRange),
        ContractCase("a topic that is not there has no partitions", missingTopic),
        ContractCase("a closed reader says so", closedReader),
    ]

    private static func positionsReachTheEnd(_ log: any EventLogUnderTest) throws {
        let places = try log.places("positions", 3)
        try log.write(numbered(places[0], 0..<10) + numbered(places[1], 0..<4))
        let reader = try log.makeReader()
        defer { reader.close() }
        let marks = try reader.watermarks(places)
        try expect(
            marks,
            [
                places[0]: Watermarks(low: 0, high: 10), places[1]: Watermarks(low: 0, high: 4),
                places[2]: Watermarks(low: 0, high: 0),
            ], "watermarks")
        try reader.assign([places[0]: .earliest, places[1]: .offset(2), places[2]: .earliest])
        try expect(reader.positions()[places[1]], 2, "the position that reading begins at")
        let ends = marks.mapValues(\.high)
        try expect(log.read(upTo: ends, by: reader).count, 12, "records up to the high watermarks")
        try expect(reader.positions(), ends, "positions at the end")
    }

    private static func latest(_ log: any EventLogUnderTest) throws {
        let place = try log.place("latest")
        try log.write(numbered(place, 0..<5))
        let reader = try log.makeReader()
        defer { reader.close() }
        try reader.assign([place: .latest])
        try expect(log.read(upTo: [place: 5], by: reader), [], "records before the end")
        try log.write(numbered(place, 5..<7))
        try expect(texts(log.read(2, by: reader)), values(5..<7), "records from the end on")
    }

    private static func assigningAnew(_ log: any EventLogUnderTest) throws {
        let places = try log.places("again", 2)
        try log.write(numbered(places[0], 0..<100) + numbered(places[1], 100..<110))
        let reader = try log.makeReader()
        defer { reader.close() }
        try reader.assign([places[0]: .earliest])
        try log.wait("a first record") { try !reader.poll(maxRecords: 1, timeout: .milliseconds(200)).isEmpty }
        try reader.assign([places[0]: .offset(98)])
        try expect(texts(log.read(upTo: [places[0]: 100], by: reader)), values(98..<100), "records from the new place")
        try reader.assign([places[1]: .earliest])
        try expect(texts(log.read(upTo: [places[1]: 10], by: reader)), values(100..<110), "the other partition's")
        try expect(reader.positions(), [places[1]: 10], "positions")
    }

    private static func limit(_ log: any EventLogUnderTest) throws {
        let place = try log.place("limit")
        try log.write(numbered(place, 0..<25))
        let reader = try log.makeReader()
        defer { reader.close() }
        try reader.assign([place: .earliest])
        var sizes: [Int] = []
        var all: [LogRecord] = []
        try log.wait("25 records") {
            let records = try reader.poll(maxRecords: 10, timeout: .milliseconds(500))
            sizes.append(records.count)
            all += records
            // What is handed out and what is fetched are two things.
            let position = try reader.positions()[place] ?? 0
            try expect(position, Int64(all.count), "the position behind what was handed out")
            return all.count >= 25
        }
        try expect(sizes.max(), 10, "the largest answer")
        try expect(all.map(\.offset), (0..<25).map(Int64.init), "offsets")
    }

    private static func outOfRange(_ log: any EventLogUnderTest) throws {
        let place = try log.place("beyond")
        try log.write(numbered(place, 0..<5))
        let member = try log.consumer("beyond", [place.topic])
        defer { member.close() }
        _ = try log.assignment(of: member)
        let reader = try log.makeReader()
        defer { reader.close() }
        for offset: Int64 in [6, 1_000_000] {
            try reader.assign([place: .offset(offset)])
            let error = try expectFailure(.offsetOutOfRange, of: "reading from \(offset)") {
                try log.wait("an error") {
                    let records = try reader.poll(maxRecords: 10, timeout: .milliseconds(200))
                    try expect(records, [], "records beyond the end")
                    return false
                }
            }
            try expect(error.place, place, "the place to blame")
        }
        try member.assign([place: .offset(77)])
        let error = try expectFailure(.offsetOutOfRange, of: "reading from 77 in a group") {
            try log.wait("an error") {
                if case .records(let records) = try member.poll(maxRecords: 10, timeout: .milliseconds(200)) {
                    try expect(records, [], "records beyond the end")
                }
                return false
            }
        }
        try expect(error.place, place, "the place to blame")
        // The end itself is a position.
        try reader.assign([place: .offset(5)])
        try member.assign([place: .offset(5)])
        try log.write(numbered(place, 5..<6))
        try expect(texts(log.read(1, by: reader)), values(5..<6), "records from the end on")
        try expect(texts(log.read(1, by: member)), values(5..<6), "records from the end on, in a group")
    }

    private static func missingTopic(_ log: any EventLogUnderTest) throws {
        let topic = try log.places("counted", 5)[0].topic
        let missing = log.name("missing")
        let reader = try log.makeReader()
        defer { reader.close() }
        try expect(reader.partitionCount(of: topic), 5, "partitions of a topic")
        try expect(reader.partitionCount(of: missing), nil, "partitions of a topic that is not there")
        try expect(reader.partitionCount(of: missing), nil, "asking has not created it: partitions")
        try expect(reader.clusterID() != "", "a cluster that has an id tells it")
        try expectFailure(.unknownTopic, of: "asking for its watermarks") {
            _ = try reader.watermarks([TopicPartition(topic: missing, partition: 0)])
        }
    }

    private static func closedReader(_ log: any EventLogUnderTest) throws {
        let place = try log.place("closed-reader")
        let reader = try log.makeReader()
        try reader.assign([place: .earliest])
        reader.close()
        reader.close()
        try expectFailure(.other, of: "polling") { _ = try reader.poll(maxRecords: 1, timeout: .zero) }
        try expectFailure(.other, of: "assigning") { try reader.assign([place: .earliest]) }
        try expectFailure(.other, of: "asking for watermarks") { _ = try reader.watermarks([place]) }
    }
}
