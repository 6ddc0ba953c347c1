internal import EventLog
internal import Messages
internal import Printing

/// Dead letters for people and for programs. Values, and keys that hold them, are personal data: they are shown
/// only where that is asked for.
public struct DeadLetterList: Sendable {
    public enum Contents: Hashable, Sendable {
        case hidden
        case shown
    }

    /// How many bytes of a value are shown.
    public static let valueLimit = 2_000

    private let entries: [DeadLetterBox.Entry]
    private let contents: Contents

    public init(_ entries: [DeadLetterBox.Entry], contents: Contents) {
        self.entries = entries
        self.contents = contents
    }

    /// A line for each dead letter below a line of titles; a value that is shown has a line of its own. Empty when there
    /// are none.
    public var text: String {
        if entries.isEmpty { return "" }
        let titles = ["TIME", "DEAD LETTER", "ORIGIN", "REASON", "SERVICE", "KEY", "VALUE", "COUNT", "DETAIL"]
        let rows = entries.map { entry in
            let letter = entry.letter
            return [
                letter.time?.description ?? "-", letter.place.description, letter.origin?.description ?? "-",
                column(letter.reason), column(letter.service), key(of: letter), size(of: letter),
                String(entry.count), column(letter.detail),
            ]
        }
        let lines = TextTable(titles: titles, rows: rows).lines
        var text = (lines.first ?? "") + "\n"
        for (line, entry) in zip(lines.dropFirst(), entries) {
            text += line + "\n"
            if contents == .shown, entry.letter.valueSize != nil { text += "    \(value(of: entry.letter))\n" }
        }
        return text
    }

    /// One JSON object a line.
    public var json: String {
        entries.map { String(decoding: json($0), as: UTF8.self) + "\n" }.joined()
    }

    private func json(_ entry: DeadLetterBox.Entry) -> [UInt8] {
        let letter = entry.letter
        var writer = JSONWriter()
        writer.beginObject()
        members(of: letter.place, &writer)
        writer.member("reason", letter.reason)
        writer.member("detail", letter.detail)
        writer.member("service", letter.service)
        writer.member("time", letter.time?.description)
        if let origin = letter.origin {
            writer.beginObject("origin")
            members(of: origin, &writer)
            writer.endObject()
        }
        writer.member("firstPlace", letter.firstPlace)
        writer.member("replayedFrom", letter.replayedFrom?.description)
        writer.member("count", Int64(entry.count))
        if letter.keySize == nil {
            writer.memberNull("key")
        } else if isShown(keyOf: letter) {
            writer.member("key", letter.keyText)
        }
        if let size = letter.keySize { writer.member("keyBytes", Int64(size)) }
        if let size = letter.valueSize {
            writer.member("valueBytes", Int64(size))
            if contents == .shown { writer.member("value", value(of: letter)) }
        } else {
            writer.memberNull("value")
        }
        if let whole = letter.cutFrom { writer.member("cutFromBytes", Int64(whole)) }
        writer.member("sha256", letter.sha256)
        writer.endObject()
        return writer.bytes
    }

    private func members(of place: RecordPlace, _ writer: inout JSONWriter) {
        writer.member("topic", place.topicPartition.topic)
        writer.member("partition", Int64(place.topicPartition.partition))
        writer.member("offset", place.offset)
    }

    /// Keys are customer ids, which say nothing; but those of claims hold values.
    private func isShown(keyOf letter: DeadLetter) -> Bool { contents == .shown || letter.input != .uniqueClaims }

    private func key(of letter: DeadLetter) -> String {
        guard let size = letter.keySize else { return "null" }
        guard let text = letter.keyText, isShown(keyOf: letter) else { return self.size(size) }
        return column(text)
    }

    private func value(of letter: DeadLetter) -> String {
        let rest = (letter.cutFrom ?? letter.valueSize ?? 0) - letter.valueStart.count
        return PrintableText.escaped(letter.valueStart) + (rest > 0 ? " … and \(rest) bytes more" : "")
    }

    private func size(of letter: DeadLetter) -> String {
        size(letter.valueSize) + (letter.cutFrom.map { ", cut from \($0)" } ?? "")
    }

    private func size(_ bytes: Int?) -> String {
        guard let bytes else { return "null" }
        return bytes == 1 ? "1 byte" : "\(bytes) bytes"
    }

    private func column(_ text: String) -> String { text.isEmpty ? "-" : PrintableText.escaped(text) }
}
