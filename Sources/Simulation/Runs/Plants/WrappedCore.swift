internal import EventLog
internal import Messages
internal import Processing
internal import ServiceCores

/// A service's core, for one that does something to what comes to it.
class WrappedCore: ServiceCore {
    let core: any ServiceCore

    init(_ core: any ServiceCore) { self.core = core }

    var group: ConsumerGroup { core.group }
    var tables: [StateTable] { core.tables }
    var stateVersion: Int { core.stateVersion }
    var memory: [Topic] { core.memory }
    var followed: [Topic] { core.followed }
    var book: Topic? { core.book }
    var served: [Topic] { core.served }
    var isBookChained: Bool { core.isBookChained }
    var decidesByDeclaration: Bool { core.decidesByDeclaration }

    func adopt(_ declaration: Declaration) { core.adopt(declaration) }

    func handle(_ record: LogRecord, from topic: Topic, customerID: String, in step: Step) throws(StateStoreError) {
        try core.handle(record, from: topic, customerID: customerID, in: step)
    }

    func recall(_ record: LogRecord, from topic: Topic, in step: Step) throws(StateStoreError) {
        try core.recall(record, from: topic, in: step)
    }

    func wake(in step: Step) throws(StateStoreError) { try core.wake(in: step) }

    func isOverdue(by time: Timestamp, in state: PartitionState) throws(StateStoreError) -> Bool {
        try core.isOverdue(by: time, in: state)
    }

    func judgeDeadlines(through time: Timestamp, in step: Step) throws(StateStoreError) {
        try core.judgeDeadlines(through: time, in: step)
    }

    func judge(_ record: LogRecord, from topic: Topic, by state: PartitionState) throws(StateStoreError)
        -> ServedVerdict
    { try core.judge(record, from: topic, by: state) }

    func serveAgain(_ record: LogRecord, from topic: Topic, in step: Step) throws(StateStoreError) {
        try core.serveAgain(record, from: topic, in: step)
    }
}

extension CoreFactory {
    /// The services' own, but for one group's, which is wrapped.
    static func wrapping(
        _ group: ConsumerGroup, in wrap: @escaping @Sendable (any ServiceCore) -> any ServiceCore
    ) -> CoreFactory {
        CoreFactory { made, declaration, advice in
            let core = CoreFactory.services.make(made, declaration, advice)
            return made == group ? wrap(core) : core
        }
    }

    /// The services' own, whose records are altered.
    static func altering(_ alteration: @escaping @Sendable (Int32) -> RecordAlteration) -> CoreFactory {
        CoreFactory(alteration: alteration, make: CoreFactory.services.make)
    }
}
