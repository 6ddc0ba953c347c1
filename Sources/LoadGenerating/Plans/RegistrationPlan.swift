/// What a run will register, in order; and so what must come of it.
///
/// A plan is a value: the same input and seed give the same registrations. They may be made only when asked for, so
/// that a plan for a million is no burden.
public protocol RegistrationPlan: Sendable {
    /// How many registrations there are.
    var count: Int { get }
    /// What must come of them.
    var expectations: Expectations { get }
    /// The same for each strategy that is used; no value goes through two.
    var expectationsByStrategy: [RegistrationStrategy: Expectations] { get }
    /// What every random choice and every id was derived from.
    var seed: UInt64 { get }
    /// Rows of the input that are no registrations.
    var unusableRows: [UnusableRow] { get }

    /// The registration at a place from 0 up to, and without, ``count``.
    func registration(at index: Int) -> Registration
    /// The strategy that the registration at a place goes through.
    func strategy(at index: Int) -> RegistrationStrategy
    /// Whether it is sent as a request.
    func isRequest(at index: Int) -> Bool
    /// The registration whose command has this id; nil if none has.
    func index(ofCommand id: String) -> Int?
    /// The first registration of this customer; nil if there is none.
    func index(ofCustomer id: String) -> Int?
    /// The first registration of the customer that the one at `index` is for: `index` itself unless it is a repeat.
    func firstIndex(ofCustomerAt index: Int) -> Int
    /// The later registrations of the customer whose first is at `index`, in order.
    func repeats(ofCustomerAt index: Int) -> [Int]
}

extension RegistrationPlan {
    public var expectationsByStrategy: [RegistrationStrategy: Expectations] { [.compensate: expectations] }
    public func strategy(at index: Int) -> RegistrationStrategy { .compensate }
    public func isRequest(at index: Int) -> Bool { false }

    /// All registrations in order, each made when it is reached.
    public var registrations: some Sequence<Registration> & Sendable {
        RegistrationSequence(plan: self)
    }
}

private struct RegistrationSequence<Plan: RegistrationPlan>: Sequence, IteratorProtocol, Sendable {
    let plan: Plan
    var place = 0

    mutating func next() -> Registration? {
        guard place < plan.count else { return nil }
        defer { place += 1 }
        return plan.registration(at: place)
    }
}
