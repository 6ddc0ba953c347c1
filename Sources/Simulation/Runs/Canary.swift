internal import EventLog
internal import Messages
internal import Processing
internal import ServiceCores

extension CoreFactory {
    /// The services' own cores, but for an index that forgets now and then who holds what. A campaign whose checkers do
    /// not see that proves nothing.
    package static let canary = CoreFactory { group, reuse, advice in
        let core = CoreFactory.services.make(group, reuse, advice)
        return group == .projectionIndex ? ForgetfulCore(core) : core
    }
}

/// A core that loses its committed state at every fifth record.
private final class ForgetfulCore: ServiceCore {
    private let core: any ServiceCore
    private var count = 0

    init(_ core: any ServiceCore) { self.core = core }

    var group: ConsumerGroup { core.group }
    var tables: [StateTable] { core.tables }
    var stateVersion: Int { core.stateVersion }
    var memory: [Topic] { core.memory }
    var followed: [Topic] { core.followed }
    var isBookChained: Bool { core.isBookChained }
    var book: Topic? { core.book }

    func handle(_ record: LogRecord, from topic: Topic, customerID: String, in step: Step) throws(StateStoreError) {
        count += 1
        if count % 5 == 0 {
            let last = [UInt8](repeating: 0xff, count: 64)
            for table in core.tables {
                for entry in try step.state.committedEntries(table, through: last, limit: 10_000) {
                    step.state.set(table, entry.key, to: nil)
                }
            }
        }
        try core.handle(record, from: topic, customerID: customerID, in: step)
    }

    func recall(_ record: LogRecord, from topic: Topic, in step: Step) throws(StateStoreError) {
        try core.recall(record, from: topic, in: step)
    }

    func wake(in step: Step) throws(StateStoreError) { try core.wake(in: step) }
}
