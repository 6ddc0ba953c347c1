internal import Messages
internal import Processing

/// A place in the deployment that an instance of a service has: its name, its state directory, its machine.
final class Slot {
    let number: Int
    let service: Service
    let name: String
    /// Makes it a static member of its groups.
    let instanceID: String?
    /// What the machine's clock is off by, in microseconds.
    var clockOffset: Int64 = 0
    /// What the machine takes for a decision, and for a write to its disk, in microseconds.
    var thinkingTime: Int64 = 20
    var storingTime: Int64 = 100
    /// What the machine takes to read a record outside the group, in microseconds.
    var readingTime: Int64 = 0
    /// Who has the state directory.
    var process: SimulatedProcess?
    /// Nobody starts it before that time.
    var heldUntil: Int64 = 0
    var failsStore = false
    private(set) var stores: [ConsumerGroup: InMemoryStateStore] = [:]
    private var copies: [ConsumerGroup: InMemoryStateStore] = [:]
    private var counts = [Int](repeating: 0, count: ActionKind.allCases.count)
    private var ties: [Tie: PlannedFault.Deed] = [:]

    private struct Tie: Hashable {
        var kind: ActionKind
        var moment: ActionMoment
        var number: Int
    }

    init(number: Int, service: Service, instance: Int, isStatic: Bool) {
        self.number = number
        self.service = service
        name = "\(service.rawValue)-\(instance)"
        instanceID = isStatic ? name : nil
    }

    /// The store that a process of the group opens.
    func store(of group: ConsumerGroup) -> InMemoryStateStore {
        if let store = stores[group] { return store }
        let store = InMemoryStateStore()
        stores[group] = store
        return store
    }

    /// What the next process finds.
    /// - Parameter isInUse: somebody still has the stores open, and keeps them.
    /// - Returns: whether that differs from what the last one left.
    func setState(_ fate: StateFate, isInUse: Bool) -> Bool {
        switch fate {
        case .kept:
            if isInUse { stores = stores.mapValues { $0.copy() } }
        case .lost: stores = [:]
        case .rolledBack:
            if copies.isEmpty { return setState(.kept, isInUse: isInUse) }
            stores = copies.mapValues { $0.copy() }
        }
        return fate != .kept
    }

    func backUp() { copies = stores.mapValues { $0.copy() } }

    // MARK: Faults at an action

    func tie(_ deed: PlannedFault.Deed, to kind: ActionKind, _ moment: ActionMoment, number: Int) {
        ties[Tie(kind: kind, moment: moment, number: number)] = deed
    }

    func untie() { ties = [:] }

    /// Counts the action, and tells what was planned for it.
    func reached(_ kind: ActionKind, _ moment: ActionMoment) -> PlannedFault.Deed? {
        if moment == .before { counts[kind.number] += 1 }
        if ties.isEmpty { return nil }
        return ties.removeValue(forKey: Tie(kind: kind, moment: moment, number: counts[kind.number]))
    }
}
