import EventLog
import Messages
import Testing

@testable import Auditing

extension History {
    /// Where every group has taken everything.
    var groupOffsets: [ConsumerGroup: [TopicPartition: Int64]] {
        var offsets: [ConsumerGroup: [TopicPartition: Int64]] = [:]
        for group in ConsumerGroup.allCases {
            for record in records {
                guard let topic = names.topic(record.topic), group.inputs.contains(topic) else { continue }
                offsets[group, default: [:]][record.topicPartition] = record.offset + 1
            }
        }
        return offsets
    }

    func audit(groupOffsets: [ConsumerGroup: [TopicPartition: Int64]]? = nil) -> AuditReport {
        var auditor = Auditor(names: names, declaration: Self.declaration)
        for record in records { auditor.observe(record) }
        return auditor.verdict(groupOffsets: groupOffsets ?? self.groupOffsets)
    }

    /// The record of a topic that has an id, as it can be taken away or changed.
    func index(_ topic: Topic, _ id: String) throws -> Int {
        try #require(
            records.firstIndex { record in
                guard record.topic == names.name(topic), let value = record.value else { return false }
                return (try? JSONObject(value))?.text("id") == id
            }, "no \(topic.rawValue) \(id)")
    }

    /// Takes a record away. Its offset stays free.
    mutating func remove(_ topic: Topic, _ id: String) throws { records.remove(at: try index(topic, id)) }

    /// Changes a record's text.
    mutating func replace(_ topic: Topic, _ id: String, _ old: String, _ new: String) throws {
        let index = try index(topic, id)
        let text = String(decoding: records[index].value ?? [], as: UTF8.self)
        try #require(text.contains(old))
        records[index].value = Array(text.replacing(old, with: new).utf8)
    }

    /// Appends a record again, with the same bytes or with changed ones.
    mutating func again(_ topic: Topic, _ id: String, _ change: (String) -> String = { $0 }) throws {
        let record = records[try index(topic, id)]
        append(topic, key: record.key, value: Array(change(String(decoding: record.value ?? [], as: UTF8.self)).utf8))
    }
}

extension AuditReport {
    /// The rows that don't hold.
    var broken: [Invariant] { rows.filter { !$0.holds }.map(\.invariant) }

    func says(_ invariant: Invariant, _ text: String) -> Bool {
        self[invariant]?.violations.contains { $0.description.contains(text) } ?? false
    }
}

/// Fails with the whole report unless exactly these rows are broken.
func expect(
    _ report: AuditReport, broken: [AuditReport.Invariant], exitCode: Int32,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(report.broken == broken, "\(report.text())", sourceLocation: sourceLocation)
    #expect(report.exitCode == exitCode, "\(report.text())", sourceLocation: sourceLocation)
}
