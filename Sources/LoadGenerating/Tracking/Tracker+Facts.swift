public import Messages

extension Tracker {
    /// A registration's command was sent. Only its first sending counts.
    ///
    /// - Parameters:
    ///   - index: the registration's place in the plan.
    ///   - intendedTime: when it was meant to be sent; latencies count from here.
    ///   - time: when it was sent.
    public mutating func sent(_ index: Int, intendedAt intendedTime: Int64, at time: Int64) {
        guard commands.indices.contains(index), !commands[index].contains(.sent) else { return }
        commands[index].insert(.sent)
        intendedTimes[index] = intendedTime
        sentCount += 1
        if settlements[index] == .open { inFlightCount += 1 }
        tally(index) { $0.sent(at: time) }
        timeline.recordSent(at: time)
    }

    /// A command's outcome was seen, the first or that of a repeat; or the end of a request's process.
    public mutating func outcome(ofCommand id: String, _ outcome: Outcome, at time: Int64) {
        guard let index = plan.index(ofCommand: id) else { return }
        let known = commands[index].intersection([.accepted, .rejected])
        let mark: CommandMarks
        switch outcome {
        case .accepted: mark = .accepted
        case .rejected: mark = .rejected
        }
        guard known.isEmpty else {
            if known != mark { contradictionCount += 1 }
            return
        }
        commands[index].insert(mark)
        outcomeCount += 1
        let intendedTime = commands[index].contains(.sent) ? intendedTimes[index] : nil
        tally(index) { tally in
            if let intendedTime { tally.outcomeLatency.record(from: intendedTime, to: time) }
            if case .rejected(let code) = outcome { tally.rejectionsByCode[code, default: 0] += 1 }
        }
        settle(index, at: time)
    }

    /// A customer was registered, pending or confirmed.
    ///
    /// - Parameter values: as the event has them: normalized.
    public mutating func registered(customer id: String, values: UniqueValues, eventTime: Int64) {
        guard let first = plan.index(ofCustomer: id), !customers[first].contains(.registered) else { return }
        customers[first].insert(.registered)
        registrationTimes[first] = eventTime
        let isPlanned = ([first] + plan.repeats(ofCustomerAt: first)).contains { index in
            plan.registration(at: index).values == values
        }
        if !isPlanned { contradictionCount += 1 }
    }

    /// A customer was confirmed, or registered as confirmed: it won its values.
    public mutating func confirmed(customer id: String, at time: Int64) {
        mark(customer: id, .confirmed, against: .compensated, at: time)
    }

    /// A customer was unregistered.
    ///
    /// - Parameters:
    ///   - reason: the event's; `duplicate` is a compensation.
    ///   - holder: the event's `heldBy`: the customer that has the value.
    ///   - time: when it was seen.
    ///   - eventTime: when it happened.
    public mutating func unregistered(
        customer id: String, reason: String, heldBy holder: String?, at time: Int64, eventTime: Int64
    ) {
        guard reason == Self.duplicate else {
            mark(customer: id, .withdrawn, against: [], at: time)
            return
        }
        guard let first = plan.index(ofCustomer: id), !customers[first].contains(.compensated) else { return }
        compensationTimes[first] = eventTime
        holders[first] = holder.flatMap { plan.index(ofCustomer: $0) }.map { Int32($0) } ?? -1
        mark(customer: id, .compensated, against: .confirmed, at: time)
    }

    /// A command was dead-lettered.
    ///
    /// - Parameters:
    ///   - id: the id in the record's envelope, if it can still be read.
    ///   - customer: the record's key. Without an id it stands for the customer's first registration that is open.
    public mutating func deadLettered(command id: String?, customer: String?, at time: Int64) {
        let index: Int?
        if let id {
            index = plan.index(ofCommand: id)
        } else {
            index = customer.flatMap { plan.index(ofCustomer: $0) }.flatMap { first in
                ([first] + plan.repeats(ofCustomerAt: first)).first { settlements[$0] == .open }
            }
        }
        guard let index else { return }
        commands[index].insert(.deadLettered)
        settle(index, at: time)
    }

    static let duplicate = "duplicate"

    private mutating func mark(customer id: String, _ mark: CustomerMarks, against other: CustomerMarks, at time: Int64)
    {
        guard let first = plan.index(ofCustomer: id), !customers[first].contains(mark) else { return }
        if !customers[first].isDisjoint(with: other) { contradictionCount += 1 }
        customers[first].insert(mark)
        settle(first, at: time)
        for index in plan.repeats(ofCustomerAt: first) { settle(index, at: time) }
    }

    /// Brings a registration's settlement up to what is known.
    private mutating func settle(_ index: Int, at time: Int64) {
        let now = settlementByMarks(at: index)
        let before = settlements[index]
        guard now != before else { return }
        settlements[index] = now
        tally(index) { $0.move(from: before, to: now) }
        guard !commands[index].contains(.settled) else { return }
        commands[index].insert(.settled)
        timeline.recordSettled(at: time)
        let intendedTime = commands[index].contains(.sent) ? intendedTimes[index] : nil
        if intendedTime != nil { inFlightCount -= 1 }
        tally(index) { tally in
            tally.settled(at: time)
            if let intendedTime { tally.settledLatency.record(from: intendedTime, to: time) }
        }
    }

    /// Counts something for the whole and for the registration's strategy.
    private mutating func tally(_ index: Int, _ change: (inout Tally) -> Void) {
        change(&whole)
        change(&tallies[plan.strategy(at: index), default: Tally(count: 0)])
    }

    private func settlementByMarks(at index: Int) -> Settlement {
        let command = commands[index]
        guard !command.contains(.rejected) else { return .rejected }
        let first = plan.firstIndex(ofCustomerAt: index)
        let customer = customers[first]
        // A customer's first command is taken if any is; of its requests it may be a later one.
        if command.contains(.accepted)
            || (first == index && !plan.isRequest(at: index)
                && !plan.repeats(ofCustomerAt: index).contains(where: plan.isRequest))
        {
            if customer.contains(.compensated) { return .compensated }
            if customer.contains(.confirmed) { return .confirmed }
            if customer.contains(.withdrawn) { return .withdrawn }
        }
        return command.contains(.deadLettered) && !command.contains(.accepted) ? .deadLettered : .open
    }
}
