internal import EventLog
internal import Messages
internal import Processing

extension ActionKind {
    private static let numbers = Dictionary(
        uniqueKeysWithValues: ActionKind.allCases.enumerated().map { ($0.element, $0.offset) })

    /// Its place among all kinds.
    var number: Int { Self.numbers[self] ?? 0 }
}

extension WorkerAction {
    /// What a reader of the trace wants to know of it; nil for what says nothing.
    var traceText: String? {
        switch self {
        case .openProducer: "opens a producer"
        case .poll, .heartbeat, .pause, .read, .beginReading, .watermarks: nil
        case .assign(let positions, _): "goes on at " + Self.text(positions.mapValues { Self.text($0) })
        case .unassign: "gives all partitions up"
        case .committedOffsets: "asks the group's offsets"
        case .commit(let offsets, _): "commits " + Self.text(offsets.mapValues { String($0) })
        case .transact(let records, let offsets, _):
            "transacts " + (records.isEmpty ? "" : Self.text(records) + " with ")
                + Self.text(offsets.mapValues { String($0) })
        case .produce(let records, _): "writes " + Self.text(records)
        case .store(let changes, _):
            "stores " + changes.map { "partition \($0.partition): \($0.changes.count) changes" }.joined(separator: ", ")
        case .wipe(let partition, _, _): "wipes the state of partition \(partition)"
        case .end(let end): "ends: \(end)"
        }
    }

    private static func text(_ values: [TopicPartition: String]) -> String {
        values.sorted { $0.key < $1.key }.map { "\($0.key)@\($0.value)" }.joined(separator: " ")
    }

    private static func text(_ position: StartPosition) -> String {
        switch position {
        case .earliest: "the start"
        case .latest: "the end"
        case .offset(let offset): String(offset)
        }
    }

    private static func text(_ records: [OutgoingRecord]) -> String {
        records.map { RecordText.of(topic: $0.topic, partition: $0.partition, key: $0.key, value: $0.value) }
            .joined(separator: ", ")
    }
}

/// A record in a line of the trace.
enum RecordText {
    static func of(topic: String, partition: Int32, key: [UInt8]?, value: [UInt8]?) -> String {
        let object = value.flatMap { try? JSONObject($0) }
        let type = object?.text("type") ?? (value == nil ? "tombstone" : "unreadable")
        let id = object?.text("id").map { " \($0)" } ?? ""
        var details: [String] = []
        for name in ["attribute", "code", "reason", "reservation"] {
            if let text = object?.object("data")?.text(name) { details.append("\(name)=\(text)") }
        }
        let name = key.flatMap { String(validating: $0, as: UTF8.self) } ?? "?"
        let data = details.isEmpty ? "" : " (" + details.joined(separator: " ") + ")"
        return "\(type)\(id) of \(name)\(data) to \(topic)/\(partition)"
    }
}
