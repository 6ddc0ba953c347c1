internal import Messages
internal import Printing

/// Conflicts for people and for programs.
public struct ConflictList: Sendable {
    private let conflicts: [Conflict]

    public init(_ conflicts: [Conflict]) { self.conflicts = conflicts }

    /// Lines for people: a table, and a line that sums it up. Empty when there are none.
    public var lines: [String] {
        if conflicts.isEmpty { return [] }
        let rows = conflicts.map { conflict in
            [
                conflict.time.description, conflict.key.text, column(conflict.loser),
                conflict.holder.map(column) ?? "-", conflict.strategy.rawValue, ending(of: conflict),
            ]
        }
        let table = TextTable(titles: ["TIME", "KEY", "LOSER", "HELD BY", "STRATEGY", "ENDED"], rows: rows)
        return table.lines + [summary]
    }

    private var summary: String {
        let open = conflicts.count { $0.ending == .open }
        let count = "\(conflicts.count) " + (conflicts.count == 1 ? "conflict" : "conflicts")
        return open == 0 ? count : "\(count), \(open) of them open"
    }

    private func ending(of conflict: Conflict) -> String {
        let took = conflict.ending.window.map { " after \(DurationText.text($0))" } ?? ""
        switch conflict.ending {
        case .unregistered: return "unregistered" + took
        case .left: return "left by itself" + took
        case .rejected:
            guard let command = conflict.command else { return "rejected" }
            return "rejected: command \(column(command.id)) of \(column(command.source))"
        case .changeRejected: return "change rejected"
        case .open: return "open"
        }
    }

    /// One JSON object for each conflict.
    public var json: [String] {
        conflicts.map { conflict in
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("time", conflict.time.description)
            writer.member("attribute", conflict.key.attribute)
            writer.member("valueHash", conflict.key.hash)
            writer.member("value", conflict.key.value)
            writer.member("loser", conflict.loser)
            writer.member("heldBy", conflict.holder)
            writer.member("strategy", conflict.strategy.rawValue)
            writer.member("ended", conflict.ending.code)
            if let window = conflict.ending.window {
                writer.member("inconsistencyWindowMicroseconds", window.wholeMicroseconds)
            }
            writer.member("commandId", conflict.command?.id)
            writer.member("commandSource", conflict.command?.source)
            writer.endObject()
            return String(decoding: writer.bytes, as: UTF8.self)
        }
    }
}

/// A text of the log in one column of a table.
func column(_ text: String) -> String { text.isEmpty ? "-" : PrintableText.escaped(text, limit: 128) }

extension KeyTag {
    /// The value, or its hash behind a `#`.
    var valueText: String { value.map(column) ?? "#" + hash }

    /// The same behind the attribute's name.
    var text: String { "\(attribute) \(valueText)" }
}

extension Duration {
    var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}

/// How long something took, for people: three digits are enough.
enum DurationText {
    static func text(_ duration: Duration) -> String {
        let microseconds = duration.wholeMicroseconds
        if microseconds < 1_000 { return "\(microseconds) µs" }
        if microseconds < 10_000 { return "\(microseconds / 1_000).\(microseconds % 1_000 / 100) ms" }
        if microseconds < 1_000_000 { return "\(microseconds / 1_000) ms" }
        let seconds = microseconds / 1_000_000
        if seconds < 60 { return "\(seconds).\(microseconds % 1_000_000 / 100_000) s" }
        if seconds < 3_600 { return "\(seconds / 60) min \(seconds % 60) s" }
        if seconds < 86_400 { return "\(seconds / 3_600) h \(seconds % 3_600 / 60) min" }
        return "\(seconds / 86_400) d \(seconds % 86_400 / 3_600) h"
    }
}
