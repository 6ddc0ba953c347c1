public import Messages

/// When a command without an answer is sent again.
public enum RetryPolicy {
    /// After this many attempts without an answer a human is told. The process goes on trying all the same.
    public static let attemptsBeforeEscalation: Int64 = 6
    /// The pause after the first attempt; each further one is twice as long.
    public static let shortest = Duration.seconds(10)
    /// The pause after the attempt at which a human is told; from there on, too, each is twice as long.
    public static let escalated = Duration.seconds(300)
    /// No pause is longer: a process that is stuck for good writes a record a day.
    public static let longest = Duration.seconds(86_400)

    /// When the command is due again.
    public static func deadline(of sending: RegistrationProcess.Sending) -> Timestamp {
        // One that was refused for good escalates at once, and takes its time from then on.
        let attempt = sending.isEscalated ? max(sending.attempt, attemptsBeforeEscalation) : max(sending.attempt, 1)
        let first = attempt < attemptsBeforeEscalation ? (shortest, Int64(1)) : (escalated, attemptsBeforeEscalation)
        return sending.issuedAt.advanced(by: min(first.0 * Int(1 << min(attempt - first.1, 16)), longest))
    }
}
