/// Follows the registrations of a plan from sending to settlement.
///
/// It is fed with facts, in whatever order they arrive from several topics, and any of them may arrive again: only the
/// first of its kind about a command or a customer counts. Facts about others' commands and customers are ignored.
/// Times are microseconds; those named *event time* are of the services' clocks (since 1970), the others of the run's.
///
/// What a registration has come to (``Settlement``) follows from what is known of its command and of its customer:
///
///     command rejected                                    rejected
///     customer unregistered as a duplicate                compensated  ┐ if the command was accepted, or is the
///     customer confirmed                                  confirmed    │ customer's first and its outcome is
///     customer unregistered otherwise                     withdrawn    ┘ not known yet
///     command dead-lettered and not accepted              dead-lettered
///     nothing of this                                     open
///
/// The outcome of a request is the end of its process; nothing is settled before.
public struct Tracker: Sendable {
    /// What a registration has come to.
    public enum Settlement: Int, Hashable, Sendable, CaseIterable {
        /// Nothing yet.
        case open
        case confirmed
        /// Undone, because another customer has one of its values.
        case compensated
        /// Unregistered for another reason, which a plan alone never brings about.
        case withdrawn
        case rejected
        case deadLettered
    }

    /// An outcome that the command service wrote.
    public enum Outcome: Hashable, Sendable {
        case accepted
        case rejected(code: String)
    }

    struct CommandMarks: OptionSet, Hashable, Sendable {
        let rawValue: UInt8
        static let sent = CommandMarks(rawValue: 1 << 0)
        static let accepted = CommandMarks(rawValue: 1 << 1)
        static let rejected = CommandMarks(rawValue: 1 << 2)
        static let deadLettered = CommandMarks(rawValue: 1 << 3)
        /// It was settled once, so the time that it took is recorded.
        static let settled = CommandMarks(rawValue: 1 << 4)
    }

    struct CustomerMarks: OptionSet, Hashable, Sendable {
        let rawValue: UInt8
        static let registered = CustomerMarks(rawValue: 1 << 0)
        static let confirmed = CustomerMarks(rawValue: 1 << 1)
        static let compensated = CustomerMarks(rawValue: 1 << 2)
        static let withdrawn = CustomerMarks(rawValue: 1 << 3)
    }

    public let plan: any RegistrationPlan

    /// For each registration.
    var commands: [CommandMarks]
    var settlements: [Settlement]
    /// When each registration was meant to be sent.
    var intendedTimes: [Int64]
    /// For each customer, at the place of its first registration.
    var customers: [CustomerMarks]
    /// Event times, valid where the marks say so.
    var registrationTimes: [Int64]
    var compensationTimes: [Int64]
    /// For each loser the first registration of the customer that holds its value; -1 if that is none of this run.
    var holders: [Int32]

    /// Of all registrations, and of those of each strategy.
    var whole: Tally
    var tallies: [RegistrationStrategy: Tally] = [:]

    /// How many of the registrations have been sent.
    public internal(set) var sentCount = 0
    /// How many of the commands have an outcome.
    public internal(set) var outcomeCount = 0
    /// How many of those sent are not settled yet.
    public internal(set) var inFlightCount = 0
    /// Facts that can't both be true, or contradict the plan: another outcome of the same command, a confirmed customer
    /// compensated, a value that normalized otherwise than planned. There should be none.
    public internal(set) var contradictionCount = 0
    /// What was sent and settled when.
    public internal(set) var timeline = Timeline()

    public init(plan: any RegistrationPlan) {
        let count = plan.count
        self.plan = plan
        commands = Array(repeating: [], count: count)
        settlements = Array(repeating: .open, count: count)
        intendedTimes = Array(repeating: 0, count: count)
        customers = Array(repeating: [], count: count)
        registrationTimes = Array(repeating: 0, count: count)
        compensationTimes = Array(repeating: 0, count: count)
        holders = Array(repeating: -1, count: count)
        whole = Tally(count: count)
        for index in 0..<count { tallies[plan.strategy(at: index), default: Tally(count: 0)].counts[0] += 1 }
    }

    /// Rejections, by the contract's code.
    public var rejectionsByCode: [String: Int] { whole.rejectionsByCode }

    /// How many registrations have come to this.
    public func count(of settlement: Settlement) -> Int {
        whole.count(of: settlement)
    }

    /// What the registration at a place of the plan has come to.
    public func settlement(at index: Int) -> Settlement {
        settlements[index]
    }

    /// How many registrations of the plan are not settled, those included that have not been sent.
    public var unsettledCount: Int { whole.count(of: .open) }
    /// How many registrations of the plan are settled.
    public var settledCount: Int { plan.count - unsettledCount }
    /// Whether every registration of the plan is settled.
    public var isSettled: Bool { unsettledCount == 0 }

    /// The places of those that were sent and have no outcome: what may have to be sent again.
    public var unanswered: [Int] { commands.indices.filter(isUnanswered) }

    /// Whether the command at a place was sent and has no outcome.
    public func isUnanswered(_ index: Int) -> Bool {
        commands[index].contains(.sent) && commands[index].isDisjoint(with: [.accepted, .rejected, .deadLettered])
    }

    /// The places of up to `limit` registrations that are not settled, for an error that names them.
    public func unsettled(limit: Int) -> [Int] {
        Array(settlements.indices.lazy.filter { settlements[$0] == .open }.prefix(limit))
    }
}
