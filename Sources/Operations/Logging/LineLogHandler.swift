import Foundation
import Logging

/// Writes each event as one line, as text or as a JSON object.
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let service: String
    private let format: LogFormat
    private let output: @Sendable (String) -> Void
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - output: takes a line, without its newline. Called from whatever thread logs.
    ///   - now: the clock of the timestamps.
    init(
        label: String, service: String, format: LogFormat, level: Logger.Level,
        output: @escaping @Sendable (String) -> Void, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.label = label
        self.service = service
        self.format = format
        self.logLevel = level
        self.output = output
        self.now = now
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let metadataProvider { all.merge(metadataProvider.get()) { _, new in new } }
        if let metadata = event.metadata { all.merge(metadata) { _, new in new } }
        if let error = event.error { all["error"] = "\(error)" }
        let time = now().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let entries = all.sorted { $0.key < $1.key }
        switch format {
        case .text:
            output(text(time: time, level: event.level, message: event.message.description, entries: entries))
        case .json:
            output(json(time: time, level: event.level, message: event.message.description, entries: entries))
        }
    }

    private func text(
        time: String, level: Logger.Level, message: String, entries: [(key: String, value: Logger.Metadata.Value)]
    ) -> String {
        var line = "\(time) \(level.rawValue.uppercased()) \(LogText.oneLine(message))"
        for (key, value) in entries { line += " \(LogText.word(key))=\(LogText.word(value.description))" }
        return line
    }

    private func json(
        time: String, level: Logger.Level, message: String, entries: [(key: String, value: Logger.Metadata.Value)]
    ) -> String {
        let members = [
            ("time", LogJSON.string(time)), ("level", LogJSON.string(level.rawValue)),
            ("service", LogJSON.string(service)), ("logger", LogJSON.string(label)),
            ("message", LogJSON.string(message)),
        ]
        var object = members.map { LogJSON.string($0.0) + ":" + $0.1 }
        if !entries.isEmpty {
            object.append(LogJSON.string("metadata") + ":" + LogJSON.object(entries.map { ($0.key, $0.value) }))
        }
        return "{" + object.joined(separator: ",") + "}"
    }
}

/// Text that can't be taken for more than it is: no value ends its line, or looks like the next entry.
enum LogText {
    static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.reduce(into: "") { line, scalar in
            if isControl(scalar) { line += scalar.escaped(asASCII: true) } else { line.unicodeScalars.append(scalar) }
        }
    }

    static func word(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.unicodeScalars.allSatisfy {
                !isControl($0) && !$0.properties.isWhitespace && $0 != "\"" && $0 != "="
            }
        if isPlain { return text }
        let escaped = text.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
            .split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
        return "\"" + oneLine(escaped) + "\""
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control || scalar == "\u{2028}" || scalar == "\u{2029}"
    }
}

/// The little JSON that log lines need.
enum LogJSON {
    static func string(_ text: String) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case "\n": json += "\\n"
            case "\r": json += "\\r"
            case "\t": json += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }

    static func object(_ members: [(String, Logger.Metadata.Value)]) -> String {
        "{" + members.map { string($0.0) + ":" + value($0.1) }.joined(separator: ",") + "}"
    }

    private static func value(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): string(text)
        case .stringConvertible(let convertible): string(convertible.description)
        case .dictionary(let entries): object(entries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        case .array(let elements): "[" + elements.map(Self.value).joined(separator: ",") + "]"
        }
    }
}
