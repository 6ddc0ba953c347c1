internal import EventLog
internal import Messages
internal import Processing
internal import ServiceCores

extension CoreFactory {
    /// The services' own cores, but for an index that forgets now and then who holds what. A campaign whose checkers do
    /// not see that proves nothing.
    package static let canary = CoreFactory { group, reuse, advice in
        let core = CoreFactory.services.make(group, reuse, advice)
        return group == .projectionIndex ? ForgetfulIndex(core) : core
    }
}

/// An index that loses its committed state at every fifth record.
private final class ForgetfulIndex: ServiceCore {
    private let core: any ServiceCore
    private var count = 0

    init(_ core: any ServiceCore) { self.core = core }

    var group: ConsumerGroup { core.group }
    var tables: [StateTable] { core.tables }
    var served: [Topic] { core.served }

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

    func judge(_ record: LogRecord, from topic: Topic, by state: PartitionState) throws(StateStoreError)
        -> ServedVerdict
    { try core.judge(record, from: topic, by: state) }

    func serveAgain(_ record: LogRecord, from topic: Topic, in step: Step) throws(StateStoreError) {
        try core.serveAgain(record, from: topic, in: step)
    }
}
