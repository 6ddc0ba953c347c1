/// A plan whose registrations go through given answers.
///
/// In the `derived` way a customer's id is made from its document, so that the ids of the plan below count for nothing
/// there. Everything else is as the plan below has it: the same people, documents, spellings and order.
public struct AnsweredPlan: RegistrationPlan {
    public let expectations: Expectations
    public let expectationsByAnswer: [Answer: Expectations]
    private let base: any RegistrationPlan
    private let deriveID: @Sendable (String) -> String
    private let answers: [Answer]
    private let customers: CustomerDirectory

    /// - Parameters:
    ///   - base: what to register.
    ///   - strategy: through which answers.
    ///   - deriveID: gives the customer id of a normalized document in the `derived` way.
    public init(
        _ base: any RegistrationPlan, strategy: LoadStrategy, deriveID: @escaping @Sendable (String) -> String
    ) {
        self.base = base
        self.deriveID = deriveID
        var answers: [Answer] = []
        answers.reserveCapacity(base.count)
        var customers = CustomerDirectory()
        var counters: [Answer: ExpectationCounter] = [:]
        var isExact = true
        for registration in base.registrations {
            let answer = strategy.answer(ofDocument: registration.normalizedDocument, seed: base.seed)
            answers.append(answer)
            let id = answer == .derived ? deriveID(registration.normalizedDocument) : registration.customerID
            let isFirst = customers.add(customer: id, at: registration.index)
            if !isFirst {
                let first = customers.firstIndex(ofCustomerAt: registration.index)
                if answer == .reserve || answers[first] == .reserve
                    || customers.repeats(ofCustomerAt: first).contains(where: { answers[$0] == .reserve })
                {
                    isExact = false
                }
            }
            counters[answer, default: ExpectationCounter(answer: answer)]
                .add(document: registration.normalizedDocument, isFirst: isFirst)
        }
        self.answers = answers
        self.customers = customers
        expectationsByAnswer = counters.mapValues { $0.expectations(isExact: isExact) }
        expectations = Answer.allCases.compactMap { [expectationsByAnswer] in expectationsByAnswer[$0] }
            .reduce(Expectations(isExact: isExact)) { $0.adding($1) }
    }

    public var count: Int { base.count }
    public var seed: UInt64 { base.seed }
    public var unusableRows: [UnusableRow] { base.unusableRows }
    public func answer(at index: Int) -> Answer { answers[index] }

    public func registration(at index: Int) -> Registration {
        var registration = base.registration(at: index)
        registration.answer = answers[index]
        if registration.answer == .derived { registration.customerID = deriveID(registration.normalizedDocument) }
        registration.isRepeatedCustomer = customers.isRepeat(index)
        return registration
    }

    public func index(ofCommand id: String) -> Int? { base.index(ofCommand: id) }
    public func index(ofCustomer id: String) -> Int? { customers.index(ofCustomer: id) }
    public func firstIndex(ofCustomerAt index: Int) -> Int { customers.firstIndex(ofCustomerAt: index) }
    public func repeats(ofCustomerAt index: Int) -> [Int] { customers.repeats(ofCustomerAt: index) }
}
