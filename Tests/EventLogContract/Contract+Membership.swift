import EventLog

extension EventLogContract {
    static let membership = [
        ContractCase("a member goes on where another one committed", resume),
        ContractCase("an offset comes back with what its committer said", metadata),
        ContractCase("what the group gives is read once it is taken", takenBeforeRead),
        ContractCase("nothing comes of what was given up, or of where it was read before", nothingAfterUnassigning),
        ContractCase("records of urgent topics come first", urgentFirst),
        ContractCase("a group with a topic that is not there is an error", missingGroupTopic),
        ContractCase("a closed consumer says so", closedConsumer),
    ]

    private static func resume(_ log: any EventLogUnderTest) throws {
        let places = try log.places("resume", 2)
        try log.write(numbered(places[0], 0..<10) + numbered(places[1], 10..<20))
        let first = try log.consumer("resume", [places[0].topic])
        defer { first.close() }
        try expect(log.assignment(of: first), places, "what a member alone is given")
        try expect(first.committedOffsets(places), [:], "a new group's offsets")
        try first.assign([places[0]: .earliest, places[1]: .offset(5)])
        let read = try log.read(15, by: first)
        try expect(texts(read.filter { $0.partition == 0 }), values(0..<10), "records from the beginning")
        try expect(texts(read.filter { $0.partition == 1 }), values(15..<20), "records from an offset")
        try first.commit([:])
        try first.commit([places[0]: 7])
        try expect(first.committedOffsets(places), [places[0]: 7], "committed offsets")
        first.close()

        let second = try log.consumer("resume", [places[0].topic])
        defer { second.close() }
        try expect(log.assignment(of: second), places, "what the next is given")
        let committed = try second.committedOffsets(places)
        try expect(committed, [places[0]: 7], "committed offsets, as the next sees them")
        try second.assign([places[0]: .offset(committed[places[0]] ?? 0), places[1]: .latest])
        try expect(texts(log.read(3, by: second)), values(7..<10), "records behind the committed offset")
        try second.commit([places[0]: 10, places[1]: 3])
        try expect(second.committedOffsets(places), [places[0]: 10, places[1]: 3], "committed offsets, once more")
        // Committed offsets are the group's: another one has its own.
        let stranger = try log.member("resume-other", [places[0].topic])
        defer { stranger.close() }
        try expect(stranger.committedOffsets(places), [:], "another group's offsets")
    }

    private static func metadata(_ log: any EventLogUnderTest) throws {
        let places = try log.places("metadata", 3)
        let member = try log.member("metadata", [places[0].topic])
        defer { member.close() }
        try expect(member.committed(places), [:], "a new group's offsets")
        try member.commit([places[0]: 7])
        let producer = try log.transactional("metadata")
        defer { producer.close() }
        _ = try producer.transact([], offsets: [places[1]: 3], of: member).committed("a transaction")
        func said(_ next: Int64) -> GroupOffset {
            GroupOffset(next: next, metadata: EventLogContract.offsetMetadata)
        }
        try expect(member.committed(places), [places[0]: said(7), places[1]: said(3)], "the group's offsets")
    }

    private static func takenBeforeRead(_ log: any EventLogUnderTest) throws {
        let places = try log.places("taken", 2)
        try log.write(numbered(places[0], 0..<3) + numbered(places[1], 0..<3))
        let member = try log.consumer("taken", [places[0].topic])
        defer { member.close() }
        try log.wait("a heartbeat that tells of news") { try member.heartbeat() }
        try expect(member.heartbeat(), true, "news are kept for the next poll: heartbeat")
        guard case .assigned(let given) = try member.poll(maxRecords: 10, timeout: .milliseconds(100)) else {
            throw ContractViolation("a poll behind such a heartbeat tells the news")
        }
        try expect(given.sorted(), places, "what a member alone is given")
        try expect(member.heartbeat(), false, "news are told once: heartbeat")
        try expectNoRecords(member, "before anything was taken")
        try log.take([places[0]], by: member)
        try expect(texts(log.read(3, by: member)), values(0..<3), "records of what was taken")
        try expectNoRecords(member, "of what was not taken")
    }

    private static func nothingAfterUnassigning(_ log: any EventLogUnderTest) throws {
        let place = try log.place("nothing")
        try log.write(numbered(place, 0..<100))
        let member = try log.member("nothing", [place.topic])
        defer { member.close() }
        try expect(log.read(1, by: member, maxRecords: 1).map(\.offset), [0], "the first record")
        try member.unassign()
        try expectNoRecords(member, "after giving up")
        // Taken anew without being asked, from another place.
        try member.assign([place: .offset(50)])
        try expect(log.read(50, by: member).map(\.offset), (50..<100).map(Int64.init), "offsets from the new place")
        try member.assign([place: .offset(0)])
        try expect(log.read(1, by: member, maxRecords: 1).map(\.offset), [0], "the first offset, again")
        try member.assign([place: .offset(90)])
        try expect(log.read(10, by: member).map(\.offset), (90..<100).map(Int64.init), "offsets from a third place")
    }

    private static func urgentFirst(_ log: any EventLogUnderTest) throws {
        let normal = try log.place("normal")
        let urgent = try log.place("urgent")
        // More than any client fetches of one partition at once.
        let backlog = 4_000
        try log.write(
            (0..<backlog).map { _ in
                OutgoingRecord(topic: normal.topic, partition: 0, key: nil, value: Array(repeating: 1, count: 2_000))
            })
        try log.write(numbered(urgent, 0..<5))
        let member = try log.consumer("urgent", [normal.topic, urgent.topic], urgent: [urgent.topic])
        defer { member.close() }
        try log.take(log.assignment(of: member), by: member)
        var seen: [LogRecord] = []
        func poll(_ maxRecords: Int) throws -> [LogRecord] {
            guard case .records(let records) = try member.poll(maxRecords: maxRecords, timeout: .milliseconds(100))
            else { return [] }
            let ranks = records.map { $0.topic == urgent.topic ? 0 : 1 }
            try expect(ranks, ranks.sorted(), "in one answer nothing normal stands before something urgent")
            seen += records
            return records
        }
        try log.wait("all urgent records") {
            _ = try poll(10)
            return seen.count { $0.topic == urgent.topic } == 5
        }
        try log.wait("a backlog") { try poll(1).contains { $0.topic == normal.topic } }
        try expect(seen.count < backlog, "urgent records do not wait behind a backlog", seen: "\(seen.count) records")
        // Behind a backlog that is being read, a new urgent record overtakes.
        try log.write(numbered(urgent, 5..<6))
        try log.wait("the new urgent record") { try poll(1).contains { $0.topic == urgent.topic } }
        try expect(seen.count < backlog, "a new one overtakes the backlog", seen: "\(seen.count) records")
        try log.wait("the rest") {
            _ = try poll(1_000)
            return seen.count >= backlog + 6
        }
        try expect(
            seen.filter { $0.topic == normal.topic }.map(\.offset), (0..<Int64(backlog)).map { $0 },
            "offsets of the backlog")
        try expect(seen.filter { $0.topic == urgent.topic }.map(\.offset), [0, 1, 2, 3, 4, 5], "offsets of the urgent")
    }

    private static func missingGroupTopic(_ log: any EventLogUnderTest) throws {
        let member = try log.consumer("nowhere", [log.name("nowhere")])
        defer { member.close() }
        try expectFailure(.unknownTopic, of: "polling") {
            try log.wait("an error") {
                _ = try member.poll(maxRecords: 10, timeout: .milliseconds(200))
                return false
            }
        }
    }

    private static func closedConsumer(_ log: any EventLogUnderTest) throws {
        let place = try log.place("closed-consumer")
        let member = try log.member("closed-consumer", [place.topic])
        member.close()
        member.close()
        try expectFailure(.other, of: "polling") { _ = try member.poll(maxRecords: 1, timeout: .zero) }
        try expectFailure(.other, of: "a heartbeat") { _ = try member.heartbeat() }
        try expectFailure(.other, of: "taking") { try member.assign([place: .earliest]) }
        try expectFailure(.other, of: "giving up") { try member.unassign() }
        try expectFailure(.other, of: "committing") { try member.commit([place: 1]) }
        try expectFailure(.other, of: "reading offsets") { _ = try member.committedOffsets([place]) }
    }

    /// There must be no records, and no news either.
    static func expectNoRecords(
        _ member: any GroupConsumer, _ when: String, fileID: String = #fileID, filePath: String = #filePath,
        line: Int = #line
    ) throws {
        for _ in 0..<3 {
            let answer = try member.poll(maxRecords: 100, timeout: .milliseconds(150))
            if case .records(let records) = answer, records.isEmpty { continue }
            throw ContractViolation(
                "nothing comes \(when)", seen: "\(answer)", fileID: fileID, filePath: filePath, line: line)
        }
    }
}
