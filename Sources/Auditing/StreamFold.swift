/// The customers' streams, each event counted once: the first record with its version.
struct StreamFold {
    struct Life: Sendable {
        enum Status: Sendable { case unknown, pending, confirmed, unregistered }
        var status = Status.unknown
        var document: Int32 = -1
        /// The registration's event; negative for none.
        var registration: Int32 = -1
        /// The last event that changed the status.
        var last: Int32 = -1
        /// The first unregistration; negative for none.
        var end: Int32 = -1
        var unregistrations: Int32 = 0

        var isActive: Bool { status == .pending || status == .confirmed }
    }
    /// What is wrong with an event's place in its stream.
    enum Fault: Sendable {
        case gap(after: Int64)
        case outOfOrder(after: Int64)
        case afterTheEnd
    }

    /// For each customer.
    private(set) var lives: [Life]
    /// For each event, whether it counts.
    private(set) var counts: [Bool]
    private(set) var faults: [(event: Int32, fault: Fault)] = []
    private(set) var repeats = 0
    /// Repeats with another content.
    private(set) var void: [Int32] = []
    let byCustomer: Grouping

    init(_ events: [StreamFact], customers: Int) {
        byCustomer = Grouping(events, groups: customers) { $0.customer }
        lives = Array(repeating: Life(), count: customers)
        counts = Array(repeating: false, count: events.count)
        for customer in 0..<customers { fold(customer, events) }
    }

    private mutating func fold(_ customer: Int, _ events: [StreamFact]) {
        let stream = byCustomer[customer]
        if stream.isEmpty { return }
        var order = Array(stream)
        if stream.contains(where: { events[Int($0)].record.flaws.contains(.partition) }) {
            // What lies elsewhere has no order with the rest: it comes last.
            order.sort {
                let (left, right) = (events[Int($0)].record, events[Int($1)].record)
                let strays = (left.flaws.contains(.partition), right.flaws.contains(.partition))
                return strays.0 == strays.1 ? left.spot < right.spot : strays.1
            }
        }
        var first: [Int64: Int32] = [:]
        var last: Int64 = 0
        for index in order {
            let event = events[Int(index)]
            if let earlier = first[event.version] {
                let known = events[Int(earlier)].record
                if known.content == event.record.content, known.identity == event.record.identity {
                    repeats += 1
                } else {
                    void.append(index)
                }
                continue
            }
            first[event.version] = index
            counts[Int(index)] = true
            if event.version - 1 > last { faults.append((index, .gap(after: last))) }
            if event.version <= last { faults.append((index, .outOfOrder(after: last))) }
            last = max(last, event.version)
            if lives[customer].status == .unregistered { faults.append((index, .afterTheEnd)) }
            apply(event, index, &lives[customer])
        }
    }

    private func apply(_ event: StreamFact, _ index: Int32, _ life: inout Life) {
        switch event.kind {
        case .registeredPending, .registeredConfirmed:
            life.status = event.kind == .registeredPending ? .pending : .confirmed
            life.document = event.document
            if life.registration < 0 { life.registration = index }
        case .confirmed:
            life.status = .confirmed
            life.document = event.document
        case .unregisteredByRequest, .unregisteredAsDuplicate:
            life.status = .unregistered
            life.unregistrations += 1
            if life.end < 0 { life.end = index }
        case .unknown: return
        }
        life.last = index
    }
}
