import Customers
import Messages
import Testing
import Uniqueness

/// Given these events, when this command is decided, then exactly this comes out.
struct Specification<D: Decider> where D.Event: Equatable, D.Rejection: Equatable {
    private(set) var state = D.initialState
    private var outcome: Result<[D.Event], D.Rejection>?

    static func given(_ events: D.Event...) -> Specification<D> { given(events) }

    static func given(_ events: [D.Event]) -> Specification<D> {
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
        switch outcome {
        case .success(let actual): #expect(actual == events, sourceLocation: sourceLocation)
        case .failure(let rejection): Issue.record("was refused: \(rejection)", sourceLocation: sourceLocation)
        case nil: Issue.record("nothing was decided", sourceLocation: sourceLocation)
        }
    }

    func thenRefused(_ rejection: D.Rejection, sourceLocation: SourceLocation = #_sourceLocation) {
        guard case .failure(let actual) = outcome else {
            Issue.record("was accepted: \(String(describing: outcome))", sourceLocation: sourceLocation)
            return
        }
        #expect(actual == rejection, sourceLocation: sourceLocation)
    }
}

typealias Spec = Specification<Customer>

let now = Timestamp(microseconds: 1_700_000_000_000_000)

/// Three attributes, each with another rule of reuse.
let declared = Declaration(attributes: [
    UniqueAttribute(name: "document"), UniqueAttribute(name: "email", reuse: .never, isRequired: false),
    UniqueAttribute(name: "plate", reuse: .after(.seconds(60)), isRequired: false),
])
let later = ReusableFrom.time(now.advanced(by: .seconds(60)))

func values(_ pairs: KeyValuePairs<String, String>) -> UniqueValues {
    UniqueValues(pairs.map { UniqueKey(attribute: $0.key, value: $0.value) })
}

func changes(_ pairs: KeyValuePairs<String, String?>) -> ValueChanges {
    ValueChanges(pairs.map { ValueChanges.Change(attribute: $0.key, value: $0.value) })
}

func times(_ pairs: KeyValuePairs<String, ReusableFrom>) -> ReuseTimes {
    ReuseTimes(pairs.map { ReuseTimes.Entry(attribute: $0.key, from: $0.value) })
}

func ask(_ action: CustomerCommand, of customer: String = "c-1") -> Customer.Command {
    Customer.Command(customer, action, by: declared, at: now)
}

func event(_ version: Int64, _ values: UniqueValues, _ kind: CustomerEvent.Kind, of customer: String = "c-1")
    -> CustomerEvent
{
    CustomerEvent(customerID: customer, version: version, values: values, kind: kind)
}

// One customer's story, as far as each test needs it.
let both = values(["document": "D1", "email": "E1"])
let loss = Loss(attribute: "email", heldBy: "c-9")
let wanted = changes(["document": "D2", "email": nil, "plate": "P1"])
let registered = event(1, both, .registered(name: "Ana", status: .pending, reservation: nil))
let reserved = event(1, both, .registered(name: "Ana", status: .confirmed, reservation: "r-1"))
let confirmed = event(2, both, .confirmed)
let started = event(3, both, .changeStarted(wanted: wanted))
let gone = event(2, both, .unregistered(.requested, loss: nil, wanted: nil, reusableFrom: .none))
