import EventLog

extension EventLogContract {
    static let transactions = [
        ContractCase("a committed transaction is seen whole, its offsets with it", committedIsWhole),
        ContractCase("an aborted transaction is never seen, and passed", abortedIsNeverSeen),
        ContractCase("a member's records are committed ones", memberSeesCommitted),
        ContractCase("a transaction without offsets is refused", withoutOffsets),
        ContractCase("a transaction may have offsets alone", offsetsAlone),
    ]

    private static func committedIsWhole(_ log: any EventLogUnderTest) throws {
        let input = try log.place("whole-in")
        let output = try log.places("whole-out", 2)
        try log.write(numbered(input, 0..<10))
        let member = try log.member("whole", [input.topic])
        defer { member.close() }
        try expect(log.read(10, by: member).count, 10, "records to work on")
        let producer = try log.transactional("whole")
        defer { producer.close() }
        let mixed = zip(numbered(output[0], 0..<3), numbered(output[1], 0..<3)).flatMap { [$0, $1] }
        let first = producer.transact(mixed, offsets: [input: 3], of: member)
        try expect(first.committed("a first transaction"), [0, 0, 1, 1, 2, 2], "offsets in the order of the records")
        try expect(member.committedOffsets([input]), [input: 3], "the group's offsets")
        // One place in each partition is taken by the marker of the end.
        let second = producer.transact(numbered(output[0], 3..<5), offsets: [input: 10], of: member)
        try expect(second.committed("a second transaction"), [4, 5], "offsets behind a marker")
        try expect(log.write(numbered(output[1], 3..<4)), [4], "the offset of a record behind a transaction")
        try expect(member.committedOffsets([input]), [input: 10], "the group's offsets")
        try expect(texts(log.everything(in: output[0])), values(0..<5), "records of partition 0")
        try expect(texts(log.everything(in: output[1])), values(0..<4), "records of partition 1")
        // A transaction's offsets are what the next member goes on from.
        member.close()
        let next = try log.consumer("whole", [input.topic])
        defer { next.close() }
        _ = try log.assignment(of: next)
        try expect(next.committedOffsets([input]), [input: 10], "the group's offsets, as the next member sees them")
    }

    /// A transaction that is aborted, as the log refuses one of its records.
    private static func abort(
        _ records: [OutgoingRecord], at place: TopicPartition, offsets: [TopicPartition: Int64],
        of member: any GroupConsumer, by producer: any TransactionalProducer
    ) throws {
        let result = producer.transact(records + [tooLarge(place)], offsets: offsets, of: member)
        try result.aborted(.recordTooLarge, what: "a transaction with a record that is too large")
    }

    /// The batch, decided again. A client may need another abort to put itself in order; it says then that trying again
    /// helps.
    private static func commit(
        _ records: [OutgoingRecord], offsets: [TopicPartition: Int64], of member: any GroupConsumer,
        by producer: any TransactionalProducer, on log: any EventLogUnderTest
    ) throws {
        var aborted = 0
        try log.wait("a transaction behind an aborted one is committed") {
            let result = producer.transact(records, offsets: offsets, of: member)
            if case .aborted(let error) = result, error.isRetriable, aborted < 2 {
                aborted += 1
                return false
            }
            try expect(result.committed("behind an aborted one").count, records.count, "offsets")
            return true
        }
    }

    private static func abortedIsNeverSeen(_ log: any EventLogUnderTest) throws {
        let input = try log.place("aborted-in")
        let output = try log.places("aborted-out", 2)
        let member = try log.member("aborted", [input.topic])
        defer { member.close() }
        let producer = try log.transactional("aborted")
        defer { producer.close() }
        let first = producer.transact(numbered(output[0], 0..<3), offsets: [input: 3], of: member)
        try expect(first.committed("a first transaction"), [0, 1, 2], "offsets")
        try abort(
            numbered(output[0], 3..<6) + numbered(output[1], 0..<2), at: output[1], offsets: [input: 6], of: member,
            by: producer)
        try expect(member.committedOffsets([input]), [input: 3], "the group's offsets behind an aborted transaction")
        let reader = try log.makeReader()
        defer { reader.close() }
        var ends = try reader.watermarks(output).mapValues(\.high)
        try reader.assign([output[0]: .earliest, output[1]: .earliest])
        try expect(texts(log.read(upTo: ends, by: reader)), values(0..<3), "records, with an aborted transaction last")

        try commit(numbered(output[0], 6..<8), offsets: [input: 8], of: member, by: producer, on: log)
        try expect(member.committedOffsets([input]), [input: 8], "the group's offsets")
        ends = try reader.watermarks(output).mapValues(\.high)
        // Three records, a marker and two records are there in any case; a last marker may come a moment later.
        try expect((ends[output[0]] ?? 0) >= 6, "the high watermark counts what is hidden", seen: "\(ends)")
        try expect(texts(log.read(upTo: ends, by: reader)), values(6..<8), "records from the aborted transaction on")
        try expect(texts(log.everything(in: output[0])), values(0..<3) + values(6..<8), "all records of partition 0")
        try expect(texts(log.everything(in: output[1])), [], "all records of partition 1")
    }

    private static func memberSeesCommitted(_ log: any EventLogUnderTest) throws {
        let place = try log.place("seen")
        let member = try log.member("seen", [place.topic])
        defer { member.close() }
        let producer = try log.transactional("seen")
        defer { producer.close() }
        let first = producer.transact(numbered(place, 0..<3), offsets: [place: 0], of: member)
        try expect(first.committed("a first transaction"), [0, 1, 2], "offsets")
        try abort(numbered(place, 3..<6), at: place, offsets: [place: 3], of: member, by: producer)
        try commit(numbered(place, 6..<9), offsets: [place: 3], of: member, by: producer, on: log)
        try log.write(numbered(place, 9..<12))
        let read = try log.read(9, by: member)
        try expect(texts(read), values(0..<3) + values(6..<12), "records")
        try expect(read.map(\.offset), read.map(\.offset).sorted(), "offsets")
    }

    private static func withoutOffsets(_ log: any EventLogUnderTest) throws {
        let place = try log.place("no-offsets")
        let member = try log.member("no-offsets", [place.topic])
        defer { member.close() }
        let producer = try log.transactional("no-offsets")
        defer { producer.close() }
        // Only the offsets fence: without one, a member that the group has lost could commit.
        try producer.transact(numbered(place, 0..<1), offsets: [:], of: member)
            .aborted(.configuration, what: "a transaction without offsets")
        try producer.transact([], offsets: [:], of: member).aborted(.configuration, what: "an empty transaction")
        let next = producer.transact(numbered(place, 1..<2), offsets: [place: 1], of: member)
        try expect(next.committed("a transaction behind refused ones").count, 1, "offsets")
        try expect(texts(log.everything(in: place)), values(1..<2), "records")
    }

    private static func offsetsAlone(_ log: any EventLogUnderTest) throws {
        let places = try log.places("offsets-alone", 2)
        let member = try log.member("offsets-alone", [places[0].topic])
        defer { member.close() }
        let producer = try log.transactional("offsets-alone")
        defer { producer.close() }
        let result = producer.transact([], offsets: [places[0]: 4, places[1]: 9], of: member)
        try expect(result.committed("a transaction of offsets"), [], "offsets of no records")
        try expect(member.committedOffsets(places), [places[0]: 4, places[1]: 9], "the group's offsets")
        try expect(log.write(numbered(places[0], 0..<1)), [0], "the offset of a first record")
    }
}
