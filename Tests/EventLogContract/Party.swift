import EventLog

/// A member with what it has of its group at the moment. Answers the group's news as every member must.
final class Party {
    let member: any GroupConsumer
    /// What it has taken; nil while it waits for the group.
    private(set) var share: [TopicPartition]?
    private(set) var read: [LogRecord] = []
    /// What was taken away, in order; and whether it was lost.
    private(set) var revocations: [(places: [TopicPartition], lost: Bool)] = []

    init(_ member: any GroupConsumer) { self.member = member }

    /// The member has taken these already.
    func hasTaken(_ places: [TopicPartition]) { share = places.sorted() }

    /// Polls once. Takes what it is given from its committed offset on, or from the beginning.
    func step() throws {
        switch try member.poll(maxRecords: 100, timeout: .milliseconds(50)) {
        case .records(let records):
            for record in records {
                try expect(
                    share?.contains(record.topicPartition) ?? false, "a member reads what it has taken alone",
                    seen: "a record of \(record.topicPartition) by the owner of \(share ?? [])")
            }
            read += records
        case .assigned(let places):
            try expect(share, nil, "what the member still has when the group gives it something")
            let committed = try member.committedOffsets(places)
            try member.assign(
                Dictionary(uniqueKeysWithValues: places.map { ($0, committed[$0].map { .offset($0) } ?? .earliest) }))
            share = places.sorted()
        case .revoked(let places, let lost):
            try expect(places.sorted(), share ?? [], "the group takes all partitions away: which")
            revocations.append((places.sorted(), lost))
            try member.unassign()
            share = nil
        }
    }
}
