/// A run of the load generator.
public struct Wave: Hashable, Sendable {
    public var commands: Int
    public var rate: Int
    public var duplicatePercent: Int
    public var resendPercent: Int
    public var seed: Int

    /// The strategy that its registrations go through, a function of the seed: `mixed` most often.
    public var strategy: String { ["mixed", "compensate", "mixed", "reserve", "derived"][abs(seed % 5)] }
}

/// Records of a topic that are written again, shuffled.
public struct Resending: Hashable, Sendable {
    public var records: Int
    public var seed: Int
}

/// Commands and requests of all kinds over few customers and values of its own. What becomes of each depends on what
/// became of the others: the auditor alone can judge it.
public struct Tangle: Hashable, Sendable {
    public var commands: Int
    public var customers: Int
    /// Of each attribute.
    public var values: Int
    public var seed: Int
}

/// The next declaration, by an operator's hand, and registrations that name what is new in it.
public struct Declaring: Hashable, Sendable {
    public var registrations: Int
    public var seed: Int
}

/// Records that are large, and small on the wire: the broker's limit is for what is compressed.
public struct Giants: Hashable, Sendable {
    public var records: Int
    /// Of each value.
    public var bytes: Int
    /// Of each record's headers together.
    public var headerBytes: Int
    public var seed: Int
}
