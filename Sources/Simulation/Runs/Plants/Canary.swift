internal import EventLog
internal import Messages
internal import Processing
internal import ServiceCores

extension CoreFactory {
    /// The services' own cores, but for an index that forgets now and then who holds what. A campaign whose checkers do
    /// not see that proves nothing.
    package static let canary = CoreFactory.wrapping(.projectionIndex) { ForgetfulIndex($0) }
}

/// An index that loses its committed state at every fifth record.
private final class ForgetfulIndex: WrappedCore {
    private var count = 0

    override func handle(_ record: LogRecord, from topic: Topic, customerID: String, in step: Step)
        throws(StateStoreError)
    {
        count += 1
        if count % 5 == 0 {
            let last = [UInt8](repeating: 0xff, count: 64)
            for table in core.tables {
                for entry in try step.state.committedEntries(table, through: last, limit: 10_000) {
                    step.state.set(table, entry.key, to: nil)
                }
            }
        }
        try super.handle(record, from: topic, customerID: customerID, in: step)
    }
}
