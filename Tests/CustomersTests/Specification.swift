import Customers
import Deciding
import Messages
import Testing

/// Given these events, when this command is decided, then exactly this comes out.
struct Specification<D: Decider> where D.Event: Equatable, D.Rejection: Equatable {
    private var state = D.initialState
    private var outcome: Result<[D.Event], D.Rejection>?

    static func given(_ events: D.Event...) -> Specification<D> {
        var specification = Specification<D>()
        for event in events { D.evolve(&specification.state, event) }
        return specification
    }

    func when(_ command: D.Command) -> Specification<D> {
        var next = self
        do throws(D.Rejection) { next.outcome = .success(try D.decide(command, in: state)) } catch {
            next.outcome = .failure(error)
        }
        return next
    }

    func then(_ events: D.Event..., sourceLocation: SourceLocation = #_sourceLocation) {
        #expect((try? outcome?.get()) == events, sourceLocation: sourceLocation)
    }

    func thenRefused(_ rejection: D.Rejection, sourceLocation: SourceLocation = #_sourceLocation) {
        guard case .failure(let actual) = outcome else {
            Issue.record("was accepted: \(String(describing: outcome))", sourceLocation: sourceLocation)
            return
        }
        #expect(actual == rejection, sourceLocation: sourceLocation)
    }
}
