/// Where a classic consumer group stands.
///
/// ```
///            join                       all have joined, or time is up
///  empty ------------> preparing ---------------------------------> completing
///    ^    rebalance <---+  | ^          rebalance, or a member        |   |
///    |                  |  | |          goes <------------------------+   | the leader's
///    |   nobody is left |  | | join, leave, expiry                        | assignment
///    +------------------|--+ +------------------- stable <----------------+
///                       +---------------------------+
/// ```
/// A group that is deleted is gone; Kafka's state `Dead` has no use here but as a name for what isn't there.
enum GroupState: Hashable, Sendable, CaseIterable {
    case empty
    case preparingRebalance
    case completingRebalance
    case stable

    /// The name in the protocol (DescribeGroups, ListGroups).
    var name: String {
        switch self {
        case .empty: "Empty"
        case .preparingRebalance: "PreparingRebalance"
        case .completingRebalance: "CompletingRebalance"
        case .stable: "Stable"
        }
    }

    /// The legal transitions.
    func mayBecome(_ next: GroupState) -> Bool {
        switch (self, next) {
        case (.empty, .preparingRebalance), (.completingRebalance, .preparingRebalance), (.stable, .preparingRebalance),
            (.preparingRebalance, .completingRebalance), (.preparingRebalance, .empty),
            (.completingRebalance, .stable):
            true
        case (.empty, _), (.preparingRebalance, _), (.completingRebalance, _), (.stable, _): false
        }
    }
}
