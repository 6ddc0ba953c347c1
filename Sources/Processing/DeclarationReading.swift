public import EventLog
public import Messages

/// Reads what is declared: the topic `deployment`, from its beginning to its end.
public enum DeclarationReading {
    /// How long it waits for the next record, and how often in a row nothing may come.
    private static let patience: Duration = .milliseconds(250)
    private static let emptyPolls = 40

    /// - Parameters:
    ///   - reader: forgets what it was reading.
    ///   - isOver: looked at between two waits.
    /// - Returns: nil when there is no such topic, or `isOver` said so.
    /// - Throws: `LogError`, `.unavailable` when the end was not reached for 10 s.
    public static func read(
        _ reader: any LogReader, names: DeploymentNames, isOver: () -> Bool = { false }
    ) throws(LogError) -> DeclarationHistory? {
        let place = TopicPartition(topic: names.name(.deployment), partition: 0)
        guard try reader.partitionCount(of: place.topic) != nil else { return nil }
        var history = DeclarationHistory()
        guard let marks = try reader.watermarks([place])[place], marks.low < marks.high else { return history }
        try reader.assign([place: .offset(marks.low)])
        var silence = 0
        while try reader.positions()[place] ?? marks.low < marks.high {
            if isOver() { return nil }
            let records = try reader.poll(maxRecords: 1_000, timeout: patience)
            silence = records.isEmpty ? silence + 1 : 0
            for record in records { history.take(record) }
            if silence > emptyPolls {
                throw LogError(
                    .unavailable,
                    "what is declared could not be read up to offset \(marks.high): a transaction may be open there",
                    place: place)
            }
        }
        return history
    }

    /// Reads it for somebody who can't do without.
    /// - Throws: `LogError`: `.configuration` where topics have another number of partitions than declared;
    ///   `.unknownTopic` where nothing is declared, or a topic is missing.
    public static func require(
        _ reader: any LogReader, names: DeploymentNames
    ) throws(LogError) -> DeclarationHistory.Entry {
        guard let current = try read(reader, names: names)?.current else {
            throw LogError(
                .unknownTopic,
                "nothing is declared in the topic \(names.name(.deployment)); `soleholder topics create` does that")
        }
        let counts = try partitionCounts(reader, names: names)
        if let missing = Topic.allCases.first(where: { counts[$0] == nil }) {
            throw LogError(
                .unknownTopic, "there is no topic \(names.name(missing)); `soleholder topics create` makes them all")
        }
        do throws(DeclarationProblem) {
            try current.declaration.check(counts)
            return current
        } catch { throw LogError(.configuration, error.description) }
    }

    /// How many partitions the deployment's topics have; nothing for those that do not exist.
    public static func partitionCounts(
        _ reader: any LogReader, names: DeploymentNames
    ) throws(LogError) -> [Topic: Int32] {
        var counts: [Topic: Int32] = [:]
        for topic in Topic.allCases { counts[topic] = try reader.partitionCount(of: names.name(topic)) }
        return counts
    }
}
