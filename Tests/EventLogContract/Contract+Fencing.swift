import EventLog

extension EventLogContract {
    static let fencing = [
        ContractCase("a newer producer with the same id fences the older", newerFences),
        ContractCase("a fenced producer says so again", fencedSaysSoAgain),
        ContractCase("producers with other ids go on", othersGoOn),
        ContractCase("a member that its group went on without commits nothing", staleMember),
        ContractCase("who has not heard its group's news commits nothing as who its client is by now", unheardNews),
        ContractCase("a consumer that was closed, or never was a member, commits nothing", noMember),
    ]

    private static func fenced(
        _ result: TransactionResult, _ what: String, fileID: String = #fileID, filePath: String = #filePath,
        line: Int = #line
    ) throws {
        if case .fenced(let error) = result, error.code == .fenced { return }
        throw ContractViolation(
            what, expected: "fenced", seen: "\(result)", fileID: fileID, filePath: filePath, line: line)
    }

    private static func newerFences(_ log: any EventLogUnderTest) throws {
        let place = try log.place("fence")
        let member = try log.member("fence", [place.topic])
        defer { member.close() }
        let older = try log.transactional("fence")
        defer { older.close() }
        let first = older.transact(numbered(place, 0..<1), offsets: [place: 1], of: member)
        try expect(first.committed("the only one's transaction"), [0], "offsets")
        let newer = try log.transactional("fence")
        defer { newer.close() }
        try fenced(older.transact(numbered(place, 1..<2), offsets: [place: 2], of: member), "the older's transaction")
        try expect(member.committedOffsets([place]), [place: 1], "the group's offsets")
        let last = newer.transact(numbered(place, 2..<3), offsets: [place: 3], of: member)
        try expect(last.committed("the newer's transaction").count, 1, "offsets")
        try expect(member.committedOffsets([place]), [place: 3], "the group's offsets")
        try expect(texts(log.everything(in: place)), ["v0", "v2"], "records")
    }

    private static func fencedSaysSoAgain(_ log: any EventLogUnderTest) throws {
        let place = try log.place("fenced-again")
        let member = try log.member("fenced-again", [place.topic])
        defer { member.close() }
        let older = try log.transactional("fenced-again")
        defer { older.close() }
        let newer = try log.transactional("fenced-again")
        for number in 0..<3 {
            let result = older.transact(numbered(place, number..<number + 1), offsets: [place: 1], of: member)
            try fenced(result, "the older's transaction \(number + 1)")
        }
        // It does not come back when the newer is gone.
        newer.close()
        try fenced(older.transact(numbered(place, 3..<4), offsets: [place: 1], of: member), "when the newer is gone")
        try expect(texts(log.everything(in: place)), [], "records")
        try expect(member.committedOffsets([place]), [:], "the group's offsets")
    }

    private static func othersGoOn(_ log: any EventLogUnderTest) throws {
        let places = try log.places("others", 2)
        let member = try log.member("others", [places[0].topic])
        defer { member.close() }
        let one = try log.transactional("others-1")
        defer { one.close() }
        let two = try log.transactional("others-2")
        defer { two.close() }
        for number in 0..<3 {
            for (place, producer) in zip(places, [one, two]) {
                let result = producer.transact(
                    numbered(place, number..<number + 1), offsets: [place: Int64(number + 1)], of: member)
                try expect(result.committed("each one's own transaction"), [Int64(2 * number)], "offsets")
            }
        }
        try expect(member.committedOffsets(places), [places[0]: 3, places[1]: 3], "the group's offsets")
    }

    /// What a member had in hand when its group took its partitions away is refused, whether or not its client has joined
    /// again in the background: it counts who the member was when it was given them.
    private static func staleMember(_ log: any EventLogUnderTest) throws {
        let places = try log.places("stale", 2)
        // What is committed below must be a position.
        for place in places { try log.write(numbered(place, 0..<2)) }
        let output = try log.place("stale-out")
        let first = try log.member("stale", [places[0].topic])
        defer { first.close() }
        let producer = try log.transactional("stale")
        defer { producer.close() }
        let before = producer.transact(numbered(output, 0..<1), offsets: [places[0]: 1], of: first)
        try expect(before.committed("a member's transaction"), [0], "offsets")

        let second = Party(try log.consumer("stale", [places[0].topic]))
        defer { second.member.close() }
        try log.wait("the first is told to give up") {
            try second.step()
            if case .revoked = try first.poll(maxRecords: 10, timeout: .milliseconds(50)) { return true }
            return false
        }
        try first.unassign()
        // The group goes on; the first is not heard of, but its client may be.
        try log.wait("the second has something") {
            try second.step()
            return second.share != nil
        }
        try producer.transact(numbered(output, 1..<2), offsets: [places[0]: 2, places[1]: 2], of: first)
            .aborted(.rejoin, what: "a transaction of a member that its group went on without")
        try expect(second.member.committedOffsets(places), [places[0]: 1], "the group's offsets")

        // When it has heard its news it goes on, with the same producer.
        let next = Party(first)
        try log.wait("both have their share") {
            try next.step()
            try second.step()
            return next.share?.count == 1 && second.share?.count == 1
        }
        let own = try require(next.share?.first, "a share")
        let last = producer.transact(numbered(output, 2..<3), offsets: [own: 7], of: first)
        try expect(last.committed("a transaction with the new partitions").count, 1, "offsets")
        try expect(second.member.committedOffsets([own]), [own: 7], "the group's offsets")
        try expect(texts(log.everything(in: output)), ["v0", "v2"], "records")
    }

    /// A member that is busy takes its partitions anew for a reason of its own, before it hears that the group takes them
    /// away. To its client that is the answer: it joins again in the background, as one who is given other partitions.
    private static func unheardNews(_ log: any EventLogUnderTest) throws {
        let places = try log.places("unheard", 2)
        // What is committed below must be a position.
        for place in places { try log.write(numbered(place, 0..<2)) }
        let output = try log.place("unheard-out")
        let first = try log.member("unheard", [places[0].topic])
        defer { first.close() }
        let producer = try log.transactional("unheard")
        defer { producer.close() }
        let second = Party(try log.consumer("unheard", [places[0].topic]))
        defer { second.member.close() }
        try log.wait("there are news for the first") {
            try second.step()
            return try first.heartbeat()
        }
        try first.unassign()
        try log.take(places, by: first)
        try log.wait("the second has its share") {
            try second.step()
            _ = try first.heartbeat()
            return second.share?.count == 1
        }
        for _ in 0..<10 {
            try second.step()
            _ = try first.heartbeat()
        }
        try producer.transact(numbered(output, 0..<1), offsets: [places[0]: 2, places[1]: 2], of: first)
            .aborted(.rejoin, what: "a transaction of a member that has not heard its news")
        try expectFailure(.rejoin, of: "a commit of a member that has not heard its news") {
            try first.commit([places[0]: 2, places[1]: 2])
        }
        try expect(second.member.committedOffsets(places), [:], "the group's offsets")

        let next = Party(first)
        next.hasTaken(places)
        try log.wait("it goes on when it has heard them") {
            try next.step()
            try second.step()
            return next.share?.count == 1 && second.share?.count == 1
        }
        let own = try require(next.share?.first, "a share")
        let last = producer.transact(numbered(output, 1..<2), offsets: [own: 2], of: first)
        try expect(last.committed("a transaction with the new partitions").count, 1, "offsets")
        try expect(texts(log.everything(in: output)), ["v1"], "records")
    }

    private static func noMember(_ log: any EventLogUnderTest) throws {
        let place = try log.place("no-member")
        let stranger = try log.consumer("no-member", [place.topic])
        defer { stranger.close() }
        let producer = try log.transactional("no-member")
        defer { producer.close() }
        try producer.transact(numbered(place, 0..<1), offsets: [place: 1], of: stranger)
            .aborted(.rejoin, what: "a transaction of a consumer that was given nothing yet")
        stranger.close()

        let member = try log.member("no-member", [place.topic])
        defer { member.close() }
        let result = producer.transact(numbered(place, 1..<2), offsets: [place: 2], of: member)
        try expect(result.committed("a member's transaction").count, 1, "offsets")
        member.close()
        try producer.transact(numbered(place, 2..<3), offsets: [place: 3], of: member)
            .aborted(.rejoin, what: "a transaction of a consumer that is closed")
        let next = try log.member("no-member", [place.topic])
        defer { next.close() }
        try expect(next.committedOffsets([place]), [place: 2], "the group's offsets")
        try expect(texts(log.everything(in: place)), ["v1"], "records")
    }
}
