public import Messages

/// When a command without an answer is sent again.
public enum RetryPolicy {
    /// After this many attempts without an answer a human is told. The process goes on trying all the same.
    public static let attemptsBeforeEscalation: Int64 = 6
    /// The pause after the first attempt; each further one is twice as long.
    public static let shortest = Duration.seconds(10)
    public static let longest = Duration.seconds(300)

    /// When the command is due again.
    public static func deadline(of sending: RegistrationProcess.Sending) -> Timestamp {
        if sending.isEscalated { return sending.issuedAt.advanced(by: longest) }
        let doublings = min(max(sending.attempt - 1, 0), 16)
        return sending.issuedAt.advanced(by: min(shortest * Int(1 << doublings), longest))
    }
}
