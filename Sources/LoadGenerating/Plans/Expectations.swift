import Messages

/// What must come of a plan's registrations once all have settled, however they race.
///
/// Of registrations that all want one value one wins, whoever it is: nobody who has that one is refused another, because
/// keys are asked for one after the other. What happens to the others depends on the strategy:
/// - `compensate`: only the first registration of a customer id counts. A customer's commands are decided in the order in
///   which they were sent, and a second registration is rejected whether the first won its values or not. Every other
///   first registration is compensated.
/// - `reserve`: the others are rejected. Of two requests of one customer either may come first, and with it other values:
///   then the numbers are not known in advance (``isExact``).
/// - `derived`: the others are rejected, in the first one's stream or by the reservation.
///
/// Where registrations hang together without a value that all of them want (one shares a document with the second, and
/// an e-mail address with the third), one or two of them may win: the numbers are not known then, either.
public struct Expectations: Hashable, Sendable, Codable {
    /// Customers confirmed: the groups of registrations of which one wins.
    public var confirmed: Int
    /// Customers undone.
    public var compensated: Int
    /// Commands and requests rejected.
    public var rejected: Int
    /// Distinct values of the first attribute among all registrations, those to be rejected included. Not part of the
    /// report's `expected`.
    public var distinctDocuments: Int
    /// Whether the numbers must come out so. If not, they depend on which of several registrations is first.
    public var isExact: Bool

    public init(
        confirmed: Int = 0, compensated: Int = 0, rejected: Int = 0, distinctDocuments: Int = 0, isExact: Bool = true
    ) {
        self.confirmed = confirmed
        self.compensated = compensated
        self.rejected = rejected
        self.distinctDocuments = distinctDocuments
        self.isExact = isExact
    }

    /// The sum of what is expected of two strategies, which share no value.
    func adding(_ other: Expectations) -> Expectations {
        Expectations(
            confirmed: confirmed + other.confirmed, compensated: compensated + other.compensated,
            rejected: rejected + other.rejected, distinctDocuments: distinctDocuments + other.distinctDocuments,
            isExact: isExact && other.isExact)
    }
}

/// Counts what must come of the registrations that go through one strategy.
struct ExpectationCounter {
    private let strategy: RegistrationStrategy
    private var firstValues: Set<UniqueKey> = []
    /// For each group of which one can win, the values that all want who may.
    private var shared: [Int: [UniqueKey]] = [:]
    private var count = 0
    private var firsts = 0

    init(strategy: RegistrationStrategy) { self.strategy = strategy }

    /// - Parameters:
    ///   - group: names the registrations that hang together.
    ///   - isFirst: whether no registration of this customer came before, through whatever strategy.
    mutating func add(_ values: UniqueValues, group: Int, isFirst: Bool) {
        count += 1
        if let first = values.keys.first { firstValues.insert(first) }
        // Of several with one derived id any may win.
        guard isFirst || strategy == .derived else { return }
        if isFirst { firsts += 1 }
        shared[group] = shared[group]?.filter { values.keys.contains($0) } ?? values.keys
    }

    /// - Parameter isExact: whether nothing else speaks against it.
    func expectations(isExact: Bool) -> Expectations {
        let compensated = strategy == .compensate ? firsts - shared.count : 0
        return Expectations(
            confirmed: shared.count, compensated: compensated, rejected: count - shared.count - compensated,
            distinctDocuments: firstValues.count, isExact: isExact && shared.values.allSatisfy { !$0.isEmpty })
    }
}
