import Customers
import Messages
import Uniqueness

extension Walk {
    /// U1: a key never has two confirmed customers.
    mutating func judgeConfirmed(_ customer: String) {
        guard let own = streams[customer]?.confirmedValues else { return }
        for other in customers where other != customer {
            for key in streams[other]?.confirmedValues?.keys ?? [] where own.keys.contains(key) {
                violations.append(Violation(.u1, "\(key.text) is confirmed for \(customer) and \(other)"))
            }
        }
    }

    mutating func judgeAtRest() -> [Violation] {
        var found: [Violation] = []
        var owners: [UniqueKey: String] = [:]
        for customer in customers {
            guard let state = streams[customer] else { continue }
            let values: UniqueValues
            switch state {
            case .unknown, .unregistered: continue
            case .pending(let own, _), .changing(let own, _, _):
                found.append(Violation(.u6, "\(customer) still waits"))
                values = own
            case .confirmed(let own, _): values = own
            }
            for key in values.keys {
                if let other = owners.updateValue(customer, forKey: key) {
                    found.append(Violation(.u1, "\(other) and \(customer) have \(key.text)"))
                }
            }
        }
        for (key, customer) in owners {
            guard case .claimed(customer, _) = holders[key] else {
                found.append(Violation(.u6, "\(customer) is without its \(key.text)"))
                continue
            }
        }
        for (key, holder) in holders {
            if let customer = Self.customer(holding: holder), owners[key] != customer {
                found.append(Violation(.u6, "\(key.text) is left to \(holder)"))
            }
        }
        for (name, state) in processes {
            if case .ended = state { continue }
            found.append(Violation(.u6, "the process \(name) has no end"))
        }
        return found + judgeDefeats()
    }

    /// U9: from each loser one comes, within as many steps as there are attributes, to one that did not lose.
    private mutating func judgeDefeats() -> [Violation] {
        var found: [Violation] = []
        for (name, attempt) in attempts {
            if !attempt.isOver { found.append(Violation(.u6, "\(name) has no verdict")) }
            var steps = 0
            var next = attempt.lostTo
            while let name = next, steps <= declaration.attributes.count {
                steps += 1
                if attempts[name] == nil { found.append(Violation(.u9, "\(name) has a key, and never asked for it")) }
                next = attempts[name]?.lostTo
            }
            events.longestChain = max(events.longestChain, steps)
            if steps > declaration.attributes.count {
                found.append(Violation(.u9, "\(name) lost to one that lost to one … and nobody won"))
            }
        }
        return found
    }
}

/// What a walk found broken.
struct Violation: Hashable, Sendable, CustomStringConvertible {
    enum Guarantee: String {
        case u1 = "U1"
        case u6 = "U6"
        case u9 = "U9"
    }
    var guarantee: Guarantee
    var detail: String

    init(_ guarantee: Guarantee, _ detail: String) {
        self.guarantee = guarantee
        self.detail = detail
    }

    var description: String { "\(guarantee.rawValue): \(detail)" }
}

extension Customer.State {
    /// The values of a customer that was confirmed with them.
    fileprivate var confirmedValues: UniqueValues? {
        switch self {
        case .confirmed(let values, _), .changing(let values, _, _): values
        case .unknown, .pending, .unregistered: nil
        }
    }
}
