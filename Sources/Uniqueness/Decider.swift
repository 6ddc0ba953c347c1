/// A decision as three functions over values: no clock, no randomness, no I/O. (The pattern: Jérémie Chassaing,
/// "Functional Event Sourcing Decider".)
///
/// `decide` holds the rules and may refuse; an empty list means "already so", which is what makes a second delivery
/// harmless. `evolve` holds no rules and can't fail: what has happened has happened.
public protocol Decider {
    associatedtype State: Sendable
    associatedtype Command: Sendable
    associatedtype Event: Sendable
    associatedtype Rejection: Error

    static var initialState: State { get }
    static func decide(_ command: Command, in state: State) throws(Rejection) -> [Event]
    static func evolve(_ state: inout State, _ event: Event)
}

/// The mirror image of a decider: from what has happened to what is to be done. It is event-sourced as well: what it
/// is going to send stands in its book before it is sent, so that the book alone can send it again.
public protocol ProcessManager {
    associatedtype State: Sendable
    associatedtype Signal: Sendable
    associatedtype Event: Sendable

    static var initialState: State { get }
    /// Never refuses: a signal that means nothing in this state has no events.
    static func react(to signal: Signal, in state: State) -> [Event]
    static func evolve(_ state: inout State, _ event: Event)
}
