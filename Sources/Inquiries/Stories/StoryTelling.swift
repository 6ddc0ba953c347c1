internal import DeadLetters
internal import EventLog
internal import Messages
internal import Printing

/// A story for people and for programs.
public struct StoryTelling: Sendable {
    private let telling: [StoryTimeline.Line]
    private let display: ValueDisplay
    /// The present state, in one sentence.
    public let sentence: String

    /// - Parameter story: one that was read to its end.
    public init(_ story: Story, display: ValueDisplay) {
        self.display = display
        let whole = StoryTimeline(story.entries)
        switch story.subject {
        case .customer: telling = whole.lines
        case .key(let key): telling = whole.touching(key).lines
        }
        // How a customer stands follows from all of its events.
        sentence = StoryStanding(whole.firsts, story.indexTales, of: story.subject, display: display).sentence
    }

    public var isEmpty: Bool { telling.isEmpty }

    /// A line for each entry below a line of titles, and the sentence.
    public var lines: [String] {
        if telling.isEmpty { return [sentence] }
        let rows = telling.map { line in
            [
                line.entry.time?.description ?? "-", line.entry.place.description,
                String(repeating: "  ", count: min(line.depth, 40)) + text(of: line.entry),
            ]
        }
        return TextTable(titles: ["TIME", "PLACE", "WHAT"], rows: rows).lines + ["", sentence]
    }

    private func text(of entry: StoryEntry) -> String {
        var text = column(entry.type)
        if !entry.id.isEmpty { text += " " + column(entry.id) }
        if entry.topic.isWrittenByClients, !entry.source.isEmpty { text += " of \(column(entry.source))" }
        if !entry.customerID.isEmpty, !entry.id.utf8.starts(with: (entry.customerID + "@").utf8) {
            text += " for \(column(entry.customerID))"
        }
        let details = entry.details.map { detail in
            switch detail.value {
            case .text(let value): "\(detail.name) \(column(value))"
            case .number(let value): "\(detail.name) \(value)"
            case .key(let key): "\(detail.name) \(KeyTag(key, display).valueText)"
            }
        }
        if !details.isEmpty { text += ": " + details.joined(separator: ", ") }
        if let note = entry.note { text += " [\(note.rawValue)]" }
        return text
    }

    /// One JSON object for each entry, and one with the sentence.
    public var json: [String] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("state", sentence)
        writer.endObject()
        return telling.map { String(decoding: json(of: $0), as: UTF8.self) }
            + [String(decoding: writer.bytes, as: UTF8.self)]
    }

    private func json(of line: StoryTimeline.Line) -> [UInt8] {
        let entry = line.entry
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("time", entry.time?.description)
        writer.member("topic", entry.place.topicPartition.topic)
        writer.member("partition", Int64(entry.place.topicPartition.partition))
        writer.member("offset", entry.place.offset)
        writer.member("depth", Int64(line.depth))
        writer.member("type", entry.type)
        if !entry.id.isEmpty { writer.member("id", entry.id) }
        if !entry.id.isEmpty { writer.member("source", entry.source) }
        if !entry.customerID.isEmpty { writer.member("customerId", entry.customerID) }
        writer.member("causationId", entry.causationID)
        writer.member("causationSource", entry.causationSource)
        writer.member("note", entry.note?.rawValue)
        writer.beginObject("details")
        let events = entry.details.compactMap { detail in
            if detail.name == "event", case .text(let id) = detail.value { id } else { nil as String? }
        }
        if !events.isEmpty { writer.member("events", events) }
        for detail in entry.details where detail.name != "event" {
            switch detail.value {
            case .text(let value): writer.member(detail.name, value)
            case .number(let value): writer.member(detail.name, value)
            case .key(let key):
                let tag = KeyTag(key, display)
                writer.member(detail.name + "Hash", tag.hash)
                writer.member(detail.name, tag.value)
            }
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}
