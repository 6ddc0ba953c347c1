/// What must come of a plan's registrations once all have settled, however they race.
///
/// Each document has one winner, whoever it is. What happens to the others depends on the answer:
/// - `compensate`: only the first registration of a customer id counts. A customer's commands are decided in the order in
///   which they were sent, and a second registration is rejected whether the first won its document or not. Every other
///   first registration of a document is compensated.
/// - `reserve`: the others are rejected. Of two requests of one customer either may come first, and with it another
///   document: then the numbers are not known in advance (``isExact``).
/// - `derived`: the others meet the first in its stream, and are rejected.
public struct Expectations: Hashable, Sendable, Codable {
    /// Customers confirmed: the distinct documents among the registrations that count.
    public var confirmed: Int
    /// Customers undone.
    public var compensated: Int
    /// Commands and requests rejected.
    public var rejected: Int
    /// Distinct documents among all registrations, those to be rejected included. Not part of the report's `expected`.
    public var distinctDocuments: Int
    /// Whether the numbers must come out so. If not, they depend on which of a customer's requests is first.
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

    /// Counts registrations of the answer `compensate` one by one; they must be in the order in which they are sent.
    public init(of registrations: some Sequence<Registration>) {
        var customers = CustomerDirectory()
        var counter = ExpectationCounter(answer: .compensate)
        for registration in registrations {
            let isFirst = customers.add(customer: registration.customerID, at: registration.index)
            counter.add(document: registration.normalizedDocument, isFirst: isFirst)
        }
        self = counter.expectations(isExact: true)
    }

    /// The sum of what is expected of two answers, which share no document.
    func adding(_ other: Expectations) -> Expectations {
        Expectations(
            confirmed: confirmed + other.confirmed, compensated: compensated + other.compensated,
            rejected: rejected + other.rejected, distinctDocuments: distinctDocuments + other.distinctDocuments,
            isExact: isExact && other.isExact)
    }
}

/// Counts what must come of the registrations that go through one answer.
struct ExpectationCounter {
    let answer: Answer
    private var documents: Set<ExactText> = []
    private var contested: Set<ExactText> = []
    private var count = 0
    private var firsts = 0

    init(answer: Answer) { self.answer = answer }

    /// - Parameter isFirst: whether no registration of this customer came before, through whatever answer.
    mutating func add(document: String, isFirst: Bool) {
        count += 1
        let document = ExactText(document)
        documents.insert(document)
        guard isFirst else { return }
        firsts += 1
        contested.insert(document)
    }

    func expectations(isExact: Bool) -> Expectations {
        let losers = firsts - contested.count
        return Expectations(
            confirmed: contested.count, compensated: answer == .compensate ? losers : 0,
            rejected: count - firsts + (answer == .compensate ? 0 : losers), distinctDocuments: documents.count,
            isExact: isExact)
    }
}
