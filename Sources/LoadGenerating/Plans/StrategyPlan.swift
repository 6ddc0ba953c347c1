import Messages

/// A plan whose registrations go through given strategies.
///
/// In the `derived` strategy a customer's id is made from its first value, so that the ids of the plan below count for
/// nothing there. Everything else is as the plan below has it: the same people, values, spellings and order.
public struct StrategyPlan: RegistrationPlan {
    public let expectations: Expectations
    public let expectationsByStrategy: [RegistrationStrategy: Expectations]
    private let base: any RegistrationPlan
    private let strategies: [RegistrationStrategy]
    private let requests: [Bool]
    private let customers: CustomerDirectory

    /// - Parameters:
    ///   - base: what to register.
    ///   - choice: through which strategies. Registrations that share values go through the same one.
    public init(_ base: any RegistrationPlan, strategy choice: StrategyChoice) {
        self.base = base
        let groups = ValueGroups((0..<base.count).lazy.map { base.registration(at: $0).values })
        var strategies: [RegistrationStrategy] = []
        var requests: [Bool] = []
        strategies.reserveCapacity(base.count)
        requests.reserveCapacity(base.count)
        var customers = CustomerDirectory()
        var counters: [RegistrationStrategy: ExpectationCounter] = [:]
        var isExact = true
        for var registration in base.registrations {
            let group = groups.group(of: registration.index)
            let strategy =
                group == registration.index
                ? choice.strategy(ofValue: registration.values.keys.first?.value ?? "", seed: base.seed)
                : strategies[group]
            registration.strategy = strategy
            strategies.append(strategy)
            requests.append(registration.isRequest)
            let isFirst = customers.add(customer: Self.customerID(of: registration), at: registration.index)
            if !isFirst {
                let first = customers.firstIndex(ofCustomerAt: registration.index)
                if strategy == .reserve || strategies[first] == .reserve
                    || customers.repeats(ofCustomerAt: first).contains(where: { strategies[$0] == .reserve })
                {
                    isExact = false
                }
            }
            counters[strategy, default: ExpectationCounter(strategy: strategy)]
                .add(registration.values, group: group, isFirst: isFirst)
        }
        self.strategies = strategies
        self.requests = requests
        self.customers = customers
        expectationsByStrategy = counters.mapValues { $0.expectations(isExact: isExact) }
        expectations = RegistrationStrategy.allCases
            .compactMap { [expectationsByStrategy] in expectationsByStrategy[$0] }
            .reduce(Expectations(isExact: isExact)) { $0.adding($1) }
    }

    private static func customerID(of registration: Registration) -> String {
        guard registration.strategy == .derived, let first = registration.values.keys.first else {
            return registration.customerID
        }
        return NameID.customer(of: first).description
    }

    public var count: Int { base.count }
    public var seed: UInt64 { base.seed }
    public var unusableRows: [UnusableRow] { base.unusableRows }
    public func strategy(at index: Int) -> RegistrationStrategy { strategies[index] }
    public func isRequest(at index: Int) -> Bool { requests[index] }

    public func registration(at index: Int) -> Registration {
        var registration = base.registration(at: index)
        registration.strategy = strategies[index]
        registration.customerID = Self.customerID(of: registration)
        registration.isRepeatedCustomer = customers.isRepeat(index)
        return registration
    }

    public func index(ofCommand id: String) -> Int? { base.index(ofCommand: id) }
    public func index(ofCustomer id: String) -> Int? { customers.index(ofCustomer: id) }
    public func firstIndex(ofCustomerAt index: Int) -> Int { customers.firstIndex(ofCustomerAt: index) }
    public func repeats(ofCustomerAt index: Int) -> [Int] { customers.repeats(ofCustomerAt: index) }
}
