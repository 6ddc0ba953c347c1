/// Takes several librdkafka properties out of one text: one a line.
///
/// Values are passwords and keys in PEM, with semicolons and line breaks in them. So nothing but a line break ends a
/// property, and a line that does not begin with a property's name and `=` belongs to the one before it. Names of
/// librdkafka have a dot, which base64 has not, but for a few that are known.
enum PropertyLines {
    private static let namesWithoutDot: Set = ["acks", "debug", "partitioner", "retries"]

    static func split(_ text: String) -> [String] {
        var properties: [String] = []
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if properties.isEmpty || begins(line) {
                if !line.allSatisfy(\.isWhitespace) { properties.append(String(line)) }
            } else {
                properties[properties.count - 1] += "\n" + line
            }
        }
        return properties.map { property in
            var property = property[...]
            while property.last?.isNewline == true { property.removeLast() }
            return String(property)
        }
    }

    private static func begins(_ line: Substring) -> Bool {
        guard let equals = line.firstIndex(of: "=") else { return false }
        let name = line[..<equals].drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        let text = String(name)
        if namesWithoutDot.contains(text) { return true }
        return text.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } ?? false
            && text.contains(".")
            && text.utf8.allSatisfy { $0.isNameCharacter && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }
}
