public import EventLog
public import Messages

extension Auditor {
    /// Why the system is not at rest (section 2 of the contract); empty when it is. Cheaper than a verdict: made for
    /// asking again and again while waiting.
    /// - Parameter groupOffsets: the next offset that each group takes, by the topic's full name. A partition that a
    ///   group has committed nothing for is unprocessed if there are records in it. Ask for them first, then for the
    ///   ends of all partitions, then read up to these: the other way round, what a group wrote in between is missed,
    ///   and its absence taken for a violation.
    /// - Parameter unread: the ends of partitions that could not be read up to them: what is there may be unprocessed.
    public func restReasons(
        groupOffsets: [ConsumerGroup: [TopicPartition: Int64]], unread: [TopicPartition: Int64] = [:]
    ) -> [String] {
        var reasons: [String] = []
        var more = 0
        func tell(_ reason: String) {
            if reasons.count < AuditReport.reasonLimit { reasons.append(reason) } else { more += 1 }
        }
        for (partition, end) in unread.sorted(by: { $0.key < $1.key }) {
            tell("\(partition) ends at \(end) and could not be read up to there")
        }
        for group in ConsumerGroup.allCases {
            let inputs = seen.keys.filter { group.inputs.contains($0.topic) }.sorted()
            for input in inputs {
                let partition = TopicPartition(topic: names.name(input.topic), partition: input.partition)
                guard let last = seen[input]?.upperBound else { continue }
                let committed = groupOffsets[group]?[partition]
                if let committed, committed > last { continue }
                let position = committed.map { "has taken it up to \($0)" } ?? "has taken nothing of it"
                tell("\(partition) goes to \(last), and \(names.name(group)) \(position)")
            }
        }
        let running = processes.filter { ($0.isCommandOut || $0.isEscalated) && !$0.isEnded }
        for process in running.sorted(by: { $0.spot < $1.spot }) {
            tell(
                "a deadline of the process manager runs for \(customers[process.customer])"
                    + (process.isEscalated ? ", escalated" : "") + " at \(place(.registrationEvents, process.spot))")
        }
        if more > 0 { reasons.append("… and \(grouped(more)) more") }
        return reasons
    }

    /// Judges what was observed so far.
    /// - Parameters: as for `restReasons(groupOffsets:unread:)`.
    public func verdict(
        groupOffsets: [ConsumerGroup: [TopicPartition: Int64]], unread: [TopicPartition: Int64] = [:]
    ) -> AuditReport {
        let reasons = restReasons(groupOffsets: groupOffsets, unread: unread)
        var judge = Judge(self, isAtRest: reasons.isEmpty)
        return judge.report(restReasons: reasons)
    }
}
