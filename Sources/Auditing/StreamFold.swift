/// The customers' streams, each event counted once: the first record with its version.
struct StreamFold {
    struct Life: Sendable {
        enum Status: Sendable {
            case unknown, pending, confirmed, unregistered
            /// Confirmed, with other values wanted.
            case changing
        }
        var status = Status.unknown
        /// The present ones, and what is wanted besides.
        var values = KeyList.none
        var wanted = KeyList.none
        /// The registration's event; negative for none.
        var registration: Int32 = -1
        /// The last event that changed the status.
        var last: Int32 = -1
        /// The first unregistration; negative for none.
        var end: Int32 = -1
        var unregistrations: Int32 = 0
        /// Whether a later version's event may have changed what is not known here.
        var isBlurred = false

        var isActive: Bool { status == .pending || status == .confirmed || status == .changing }
    }
    /// What is wrong with an event's place in its stream.
    enum Fault: Sendable {
        case gap(after: Int64)
        case outOfOrder(after: Int64)
        case afterTheEnd
        /// It can't follow what is there.
        case succession
        /// It names other values than the customer has or wants.
        case values
        /// It lets values rest that the customer was never confirmed with.
        case reuse
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

    init(_ events: [StreamFact], customers: Int, _ keys: KeyTable) {
        byCustomer = Grouping(events, groups: customers) { $0.customer }
        lives = Array(repeating: Life(), count: customers)
        counts = Array(repeating: false, count: events.count)
        for customer in 0..<customers { fold(customer, events, keys) }
    }

    private mutating func fold(_ customer: Int, _ events: [StreamFact], _ keys: KeyTable) {
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
            if let fault = Self.fault(of: event, after: last, lives[customer], keys) { faults.append((index, fault)) }
            last = max(last, event.version)
            Self.apply(event, index, &lives[customer])
        }
    }

    /// One at a time: what comes after a gap follows what nobody knows.
    private static func fault(
        of event: StreamFact, after last: Int64, _ life: Life, _ keys: KeyTable
    ) -> Fault? {
        if event.version - 1 > last { return .gap(after: last) }
        if event.version <= last { return .outOfOrder(after: last) }
        if life.status == .unregistered { return .afterTheEnd }
        return life.isBlurred ? nil : fault(of: event, in: life, keys)
    }

    /// What may follow what, and with which values.
    private static func fault(of event: StreamFact, in life: Life, _ keys: KeyTable) -> Fault? {
        let had = event.values == life.values
        let isRight: Bool
        switch (event.kind, life.status) {
        case (.unknown, _): return nil
        case (.registeredPending, .unknown), (.registeredConfirmed, .unknown): return nil
        case (.confirmed, .pending), (.unregisteredAsDuplicate, .pending), (.unregisteredByRequest, .pending):
            if !event.reuse.isEmpty { return .reuse }
            isRight = had && event.others == .none
        case (.unregisteredByRequest, .confirmed): isRight = had && event.others == .none
        case (.unregisteredByRequest, .changing): isRight = had && event.others == life.wanted
        case (.changeStarted, .confirmed):
            let wanted = keys[event.others]
            isRight = had && !wanted.isEmpty && keys.differing(event.others, from: life.values) == wanted
        case (.changed, .changing):
            isRight =
                Set(keys[event.values]) == keys.applying(life.wanted, to: life.values)
                && keys[event.others] == keys.replaced(by: life.wanted, in: life.values)
        case (.changeRejected, .changing): isRight = had && keys[event.others] == keys.keys(life.wanted)
        case (.registeredPending, _), (.registeredConfirmed, _), (.confirmed, _), (.unregisteredAsDuplicate, _),
            (.unregisteredByRequest, _), (.changeStarted, _), (.changed, _), (.changeRejected, _):
            return .succession
        }
        return isRight ? nil : .values
    }

    private static func apply(_ event: StreamFact, _ index: Int32, _ life: inout Life) {
        switch event.kind {
        case .registeredPending, .registeredConfirmed:
            life.status = event.kind == .registeredPending ? .pending : .confirmed
            life.values = event.values
            if life.registration < 0 { life.registration = index }
        case .confirmed, .changed, .changeRejected:
            life.status = .confirmed
            life.values = event.values
            life.wanted = .none
        case .changeStarted:
            life.status = .changing
            life.wanted = event.others
        case .unregisteredByRequest, .unregisteredAsDuplicate:
            life.status = .unregistered
            life.wanted = .none
            life.unregistrations += 1
            if life.end < 0 { life.end = index }
        case .unknown:
            life.isBlurred = true
            return
        }
        life.last = index
    }

    /// The event of a version that counts; nil for none.
    func event(_ version: Int64, of customer: Int32, in events: [StreamFact]) -> Int32? {
        let stream = byCustomer[Int(customer)]
        func isIt(_ index: Int32) -> Bool { counts[Int(index)] && events[Int(index)].version == version }
        // Where nothing was repeated, the version is the place; else it lies somewhat behind that.
        if version > 0, version <= Int64(stream.count) {
            let place = stream.startIndex + Int(version) - 1
            if let index = stream[place...].first(where: isIt) { return index }
        }
        return stream.first(where: isIt)
    }
}
