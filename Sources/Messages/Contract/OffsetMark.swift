/// What our instances commit with each offset, as its metadata: who did it. Offsets without it are somebody else's (a
/// console consumer that joined the group, `kafka-consumer-groups --reset-offsets`), and tell nothing of what was done.
public enum OffsetMark {
    private static let beginning = "soleholder "

    /// - Parameter instance: a name for whoever commits, for a human who reads it.
    public static func of(_ instance: String) -> String { beginning + instance }

    public static func isOurs(_ metadata: String) -> Bool { metadata.hasPrefix(beginning) }
}
