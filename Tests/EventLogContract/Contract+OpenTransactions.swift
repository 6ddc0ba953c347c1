import EventLog

extension EventLogContract {
    static let openTransactions = [
        ContractCase("an open transaction hides what follows, but not the end", needs: [.openTransactions], hides),
        ContractCase("initialising ends what was left open", needs: [.openTransactions], ends),
        ContractCase("committed offsets wait for an open transaction", needs: [.openTransactions], offsetsWait),
    ]

    private static func hides(_ log: any EventLogUnderTest) throws {
        let place = try log.place("open")
        let member = try log.member("open", [place.topic])
        defer { member.close() }
        try log.write(numbered(place, 0..<2))
        try log.leaveTransactionOpen(numbered(place, 2..<5), offsets: [place: 2], of: member, id: log.name("open"))
        try log.write(numbered(place, 5..<6))
        let reader = try log.makeReader()
        defer { reader.close() }
        try expect(
            reader.watermarks([place]), [place: Watermarks(low: 0, high: 6)], "watermarks over an open transaction")
        try reader.assign([place: .earliest])
        try expect(texts(log.read(upTo: [place: 2], by: reader)), values(0..<2), "records before an open transaction")
        for _ in 0..<3 {
            let records = try reader.poll(maxRecords: 10, timeout: .milliseconds(100))
            try expect(texts(records), [], "records from an open transaction on")
            try expect(reader.positions(), [place: 2], "the position before an open transaction")
        }
        try expect(texts(log.read(2, by: member)), values(0..<2), "records before an open transaction, in a group")
        try expectNoRecords(member, "from an open transaction on")
        let producer = try log.transactional("open")
        defer { producer.close() }
        try expect(texts(log.read(1, by: reader)), values(5..<6), "records behind it once it is ended")
        try expect(texts(log.read(1, by: member)), values(5..<6), "records behind it once it is ended, in a group")
    }

    private static func ends(_ log: any EventLogUnderTest) throws {
        let place = try log.place("left")
        let member = try log.member("left", [place.topic])
        defer { member.close() }
        try log.leaveTransactionOpen(numbered(place, 0..<3), offsets: [place: 3], of: member, id: log.name("left"))
        let producer = try log.transactional("left")
        defer { producer.close() }
        try expect(member.committedOffsets([place]), [:], "the group's offsets")
        let result = producer.transact(numbered(place, 3..<5), offsets: [place: 0], of: member)
        // Three records and the marker of the end come before.
        try expect(result.committed("a transaction behind one that was left open"), [4, 5], "offsets")
        try expect(member.committedOffsets([place]), [place: 0], "the group's offsets")
        try expect(texts(log.everything(in: place)), values(3..<5), "records")
        try expect(texts(log.read(2, by: member)), values(3..<5), "records, as a member sees them")
    }

    private static func offsetsWait(_ log: any EventLogUnderTest) throws {
        let input = try log.place("pending-in")
        let output = try log.place("pending-out")
        let member = try log.member("pending", [input.topic])
        defer { member.close() }
        try member.commit([input: 1])
        try log.leaveTransactionOpen(
            numbered(output, 0..<1), offsets: [input: 2], of: member, id: log.name("pending"))
        try log.write(numbered(output, 1..<2))
        let reader = try log.makeReader()
        defer { reader.close() }
        try reader.assign([output: .earliest])
        try expect(reader.poll(maxRecords: 10, timeout: .milliseconds(100)), [], "records while it is open")
        try expect(member.committedOffsets([input]), [input: 1], "the group's offsets once it is decided")
        // Had they come before, this would take longer.
        var seen: [LogRecord] = []
        for _ in 0..<20 where seen.isEmpty {
            seen = try reader.poll(maxRecords: 10, timeout: .milliseconds(100))
        }
        try expect(texts(seen), values(1..<2), "records behind what was decided when the offsets came")
    }
}
