internal import Messages
package import Processing

/// What clients do in one run. All of it is drawn from the dice, so that the seed decides it.
package struct WorkloadOptions: Hashable, Sendable, CustomStringConvertible {
    /// How many customer ids there are besides those that are made of a value.
    package var customers: Int
    /// How many values of each attribute they want: few, so that they are in each other's way.
    package var values: Int
    package var commands: Int

    // Shares of what a command asks, each against the sum of all.
    /// `RegisterCustomer`: permit, verify, undo.
    package var compensate: Int
    /// `StartRegistration`: the values are reserved first.
    package var reserve: Int
    /// A registration of the customer whose id is made of the first value.
    package var derived: Int
    /// `ChangeCustomer`
    package var change: Int
    /// Two `ChangeCustomer` at once: each to what the other one has.
    package var swap: Int
    /// `UnregisterCustomer`
    package var unregister: Int
    /// Registering a customer that an earlier command has registered already, and that may be gone by now.
    package var again: Int
    /// What nobody may ask or understand.
    package var malformed: Int

    // How it is sent, in per mille of the commands.
    /// Sent again under the same key, with the same content.
    package var resent: Int
    /// Sent again under the same key, with another content.
    package var reused: Int
    /// Sent by a client with another partitioner.
    package var misrouted: Int
    /// Without an id.
    package var anonymous: Int
    /// Any record that is in the log by then is written again, besides the commands.
    package var replayed: Int
    /// Whether that may be one of what the services wrote down, too.
    package var replaysBooks: Bool

    /// The pause between two commands, in microseconds.
    package var pause: ClosedRange<Int64>
    /// The fourth answer: whether the command services ask a copy of the index before they decide. The records are the
    /// same.
    package var asksFirst: Bool

    /// Draws the options of a run.
    /// - Parameter guarantee: only in at-least-once may a log hold repeats of what the services wrote.
    package init(dice: inout Dice, guarantee: DeliveryGuarantee) {
        customers = 2 + dice.below(10)
        // Where there are more, a value can be free: what a change needs to come to its end.
        values = 1 + dice.below(6) + (dice.chance(1, of: 3) ? dice.below(10) : 0)
        commands = 20 + dice.below(131)
        compensate = 1 + dice.below(8)
        reserve = dice.below(8)
        derived = dice.below(5)
        change = dice.below(6)
        swap = dice.below(3)
        unregister = dice.below(5)
        again = dice.below(3)
        malformed = dice.below(3)
        // Each of them is missing now and then: what is rare together with all else is common where it is alone.
        func share(_ most: Int, _ dice: inout Dice) -> Int { dice.chance(1, of: 4) ? 0 : dice.below(most + 1) }
        resent = share(200, &dice)
        reused = share(80, &dice)
        misrouted = share(120, &dice)
        anonymous = share(120, &dice)
        replayed = share(150, &dice)
        replaysBooks = guarantee == .atLeastOnce && dice.chance(3, of: 4)
        switch dice.below(4) {
        case 0: pause = 0...2_000
        case 1: pause = 0...50_000
        case 2: pause = 10_000...500_000
        default: pause = 0...(dice.between(1_000, 3_000_000))
        }
        asksFirst = dice.chance(1, of: 4)
    }

    /// `key=value`, separated by spaces.
    package var description: String {
        let fields: [(String, String)] = [
            ("customers", "\(customers)"), ("values", "\(values)"), ("commands", "\(commands)"),
            ("compensate", "\(compensate)"), ("reserve", "\(reserve)"), ("derived", "\(derived)"),
            ("change", "\(change)"), ("swap", "\(swap)"), ("unregister", "\(unregister)"), ("again", "\(again)"),
            ("malformed", "\(malformed)"), ("resent", "\(resent)"), ("reused", "\(reused)"),
            ("misrouted", "\(misrouted)"), ("anonymous", "\(anonymous)"), ("replayed", "\(replayed)"),
            ("replays-books", "\(replaysBooks)"), ("pause", "\(pause.lowerBound)...\(pause.upperBound)"),
            ("asks-first", "\(asksFirst)"),
        ]
        return fields.map { "\($0.0)=\($0.1)" }.joined(separator: " ")
    }
}
