public import KafkaProtocol

/// Why nothing was done about a topic. The text goes to who asked.
public struct TopicRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public var errorCode: ErrorCode
    public var description: String

    init(_ errorCode: ErrorCode, _ description: String) {
        self.errorCode = errorCode
        self.description = description
    }

    static func unknown(_ name: String) -> TopicRefusal {
        TopicRefusal(.unknownTopicOrPartition, "there is no topic \(name.prefix(249))")
    }

    /// Whether a topic may have this name, by Kafka's rules: 1 to 249 of the ASCII letters, digits, dot, underscore and
    /// hyphen, and not a dot or two alone. Names that differ in dots and underscores only don't collide here: no metric
    /// is named after them.
    static func isValid(name: String) -> Bool {
        guard (1...249).contains(name.utf8.count), name != ".", name != ".." else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    static func checkName(_ name: String) throws(TopicRefusal) {
        guard isValid(name: name) else {
            throw TopicRefusal(
                .invalidTopic, "a topic's name has 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-', and is not '.' or '..'")
        }
    }
}
