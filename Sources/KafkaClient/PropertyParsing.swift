public import EventLog

/// Reads properties from texts that people write.
public enum PropertyParsing {
    /// Reads one `NAME=VALUE`. The value may hold further equals signs, and may be empty.
    public static func property(_ text: String) throws(LogError) -> (name: String, value: String) {
        guard let equals = text.firstIndex(of: "=") else {
            throw LogError(.configuration, "\(shown(text)) is not NAME=VALUE")
        }
        let name = trimmed(text[..<equals])
        guard !name.isEmpty else {
            throw LogError(.configuration, "\(shown(text)) has no name before its equals sign")
        }
        return (name, trimmed(text[text.index(after: equals)...]))
    }

    /// Reads `NAME=VALUE` texts. Of a name given twice the last one wins.
    public static func properties(_ texts: [String]) throws(LogError) -> [String: String] {
        var result: [String: String] = [:]
        for text in texts {
            let (name, value) = try property(text)
            result[name] = value
        }
        return result
    }

    /// Reads a properties file: one `NAME=VALUE` a line; empty lines, and lines that begin with `#` or `!`, are skipped.
    /// - Throws: `LogError(.configuration)` with the line's number.
    public static func file(_ contents: String) throws(LogError) -> [String: String] {
        var result: [String: String] = [:]
        let lines = contents.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in lines.enumerated() {
            let text = trimmed(line)
            guard let first = text.first, first != "#", first != "!" else { continue }
            do {
                let (name, value) = try property(text)
                result[name] = value
            } catch {
                throw LogError(.configuration, "line \(number + 1): \(error.detail)")
            }
        }
        return result
    }

    /// What may be shown of a text that can't be read: a line of a secrets file must not end up in a log.
    private static func shown(_ text: String) -> String {
        text.utf8.count <= 12 ? "\"\(text)\"" : "\"\(text.prefix(6))...\" (\(text.utf8.count) bytes)"
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[first...last])
    }
}
