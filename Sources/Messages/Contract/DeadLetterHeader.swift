/// The headers that a dead letter has besides those of the record that was put aside.
public enum DeadLetterHeader {
    /// What all of them begin with. A sender's own headers of such names are dropped when a record is put aside.
    public static let prefix = "dead-letter-"
    /// A code.
    public static let reason = "dead-letter-reason"
    /// What is wrong, for a human.
    public static let detail = "dead-letter-detail"
    /// Where the record was read: topic (by its name in the contract), partition and offset.
    public static let topic = "dead-letter-topic"
    public static let partition = "dead-letter-partition"
    public static let offset = "dead-letter-offset"
    /// Who could not take it.
    public static let service = "dead-letter-service"
    /// When it was put aside, as RFC 3339.
    public static let time = "dead-letter-time"
    /// Has a letter that was cut: how many bytes the whole value has. Such a letter can be looked at, not replayed.
    public static let truncated = "dead-letter-truncated"
    /// SHA-256 of the whole value, in hex, where the letter was cut.
    public static let sha256 = "dead-letter-sha256"
    /// How many bytes the whole key has, where that was cut as well.
    public static let truncatedKey = "dead-letter-truncated-key"
    /// How many headers the whole record has, where some were left out.
    public static let truncatedHeaders = "dead-letter-truncated-headers"

    /// Has a record that was produced again by `dead-letters replay`: its dead letter's `<topic>/<partition>/<offset>`.
    public static let replayedFrom = "replayed-from"
}
