import EventLog

extension EventLogContract {
    static let sharing = [
        ContractCase("two members share topics, the same partitions of each", twoShare),
        ContractCase("nobody is given what another one has not given up", revocationIsAnswered),
        ContractCase("who leaves hands over at once", leaving),
        ContractCase("a static member that comes back disturbs nobody", staticRestart),
        ContractCase("a static member that was replaced is told so", staticReplaced),
    ]

    private static func twoShare(_ log: any EventLogUnderTest) throws {
        // An odd number, so that dealing out all partitions in turn does not pair them by chance.
        let one = try log.places("share-one", 3)
        let two = try log.places("share-two", 3)
        let topics = [one[0].topic, two[0].topic]
        for place in one + two { try log.write(numbered(place, 0..<10)) }
        let first = Party(try log.consumer("share", topics))
        defer { first.member.close() }
        try log.wait("the first has everything") {
            try first.step()
            return first.share == one + two && first.read.count == 60
        }
        try first.member.commit(Dictionary(uniqueKeysWithValues: (one + two).map { ($0, 10) }))

        let second = Party(try log.consumer("share", topics))
        defer { second.member.close() }
        // A member that is busy with work hears of news by heartbeats, and what they are by the next poll.
        try log.wait("the first hears that there are news") {
            try second.step()
            return try first.member.heartbeat()
        }
        try log.wait("both have their share") {
            try first.step()
            try second.step()
            guard let ones = first.share, let twos = second.share else { return false }
            return ones.count + twos.count == 6
        }
        try expect(first.revocations.map(\.places), [one + two], "what was taken away from the first")
        try expect(first.revocations.map(\.lost), [false], "whether it was lost")
        let shares = [first.share ?? [], second.share ?? []]
        try expect(shares.flatMap { $0 }.sorted(), one + two, "both shares together")
        for share in shares {
            let (ones, twos) = (share.filter { $0.topic == topics[0] }, share.filter { $0.topic == topics[1] })
            try expect(!share.isEmpty, "each has something")
            try expect(ones.map(\.partition), twos.map(\.partition), "partitions of both topics in one share")
        }
        // Each goes on with its own alone, where the group was.
        for place in one + two { try log.write(numbered(place, 10..<12)) }
        try log.wait("everything is read") {
            try first.step()
            try second.step()
            return first.read.count + second.read.count >= 60 + 12
        }
        let new = first.read.dropFirst(60) + second.read
        for place in one + two {
            try expect(texts(new.filter { $0.topicPartition == place }), values(10..<12), "new records of \(place)")
        }
    }

    private static func revocationIsAnswered(_ log: any EventLogUnderTest) throws {
        let places = try log.places("answered", 2)
        // What is committed below must be a position.
        for place in places { try log.write(numbered(place, 0..<5)) }
        let first = try log.member("answered", [places[0].topic])
        defer { first.close() }
        let second = Party(try log.consumer("answered", [places[0].topic]))
        defer { second.member.close() }
        var revoked: [TopicPartition] = []
        try log.wait("the first is told to give up") {
            try second.step()
            if case .revoked(let places, false) = try first.poll(maxRecords: 10, timeout: .milliseconds(50)) {
                revoked = places.sorted()
            }
            return !revoked.isEmpty
        }
        try expect(revoked, places, "what is to be given up")
        // What was committed until now is what the next owner begins with.
        for _ in 0..<10 {
            try second.step()
            try expect(second.share, nil, "what the second is given meanwhile")
        }
        try first.commit([places[0]: 5, places[1]: 5])
        try first.unassign()
        let next = Party(first)
        try log.wait("both have their share") {
            try next.step()
            try second.step()
            return next.share?.count == 1 && second.share?.count == 1
        }
        let share = second.share ?? []
        try expect(
            second.member.committedOffsets(share), Dictionary(uniqueKeysWithValues: share.map { ($0, 5) }),
            "what the first committed before it gave up")
    }

    private static func leaving(_ log: any EventLogUnderTest) throws {
        let places = try log.places("leaving", 2)
        let parties = try (0..<2).map { _ in Party(try log.consumer("leaving", [places[0].topic])) }
        defer { for party in parties { party.member.close() } }
        try log.wait("both have their share") {
            for party in parties { try party.step() }
            return parties.allSatisfy { $0.share?.count == 1 }
        }
        parties[0].member.close()
        // Half of the time that the group waits for the silent.
        var steps = 0
        try log.wait("the other one has everything") {
            try parties[1].step()
            steps += 1
            try expect(steps < 100, "a member that left is not waited for", seen: "\(steps) polls of 50 ms")
            return parties[1].share == places
        }
    }

    private static func staticRestart(_ log: any EventLogUnderTest) throws {
        let places = try log.places("restart", 2)
        func party(_ instance: String) throws -> Party {
            Party(try log.consumer("restart", [places[0].topic], instance: instance))
        }
        let (one, two) = (try party("one"), try party("two"))
        defer {
            one.member.close()
            two.member.close()
        }
        try log.wait("both have their share") {
            try one.step()
            try two.step()
            return one.share?.count == 1 && two.share?.count == 1
        }
        let (share, before) = (one.share, two.revocations.count)
        one.member.close()
        let again = try party("one")
        defer { again.member.close() }
        try log.wait("it is back") {
            try again.step()
            try two.step()
            return again.share != nil
        }
        for _ in 0..<5 { try two.step() }
        try expect(again.share, share, "what it is given again")
        try expect(two.revocations.count, before, "revocations of the other one")
    }

    private static func staticReplaced(_ log: any EventLogUnderTest) throws {
        let place = try log.place("replaced")
        let older = try log.member("replaced", [place.topic], instance: "one")
        defer { older.close() }
        let producer = try log.transactional("replaced")
        defer { producer.close() }
        let first = producer.transact(numbered(place, 0..<1), offsets: [place: 1], of: older)
        try expect(first.committed("a member's transaction"), [0], "offsets")
        let newer = try log.member("replaced", [place.topic], instance: "one")
        defer { newer.close() }
        // Nothing of the older one's counts. The log can't know at this place who was replaced and who has only joined
        // again under the same name: the group's own news say that.
        try producer.transact(numbered(place, 1..<2), offsets: [place: 2], of: older)
            .aborted(.rejoin, what: "a transaction of a member that was replaced")
        try expectFailure(.fenced, of: "polling as a member that was replaced") {
            try log.wait("an error") {
                _ = try older.poll(maxRecords: 10, timeout: .milliseconds(100))
                return false
            }
        }
        try expect(newer.committedOffsets([place]), [place: 1], "committed offsets")
        try expect(texts(log.everything(in: place)), values(0..<1), "records that are seen")
        try expect(texts(log.read(1, by: newer)), values(0..<1), "records that the newer one sees")
    }
}
