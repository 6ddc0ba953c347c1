package import EventLog

/// An implementation of the log's ports that the contract is to be shown on. All that is made of one lives on one
/// thread.
///
/// Nothing tells the contract what time it is: a log in virtual time moves it on where it waits.
package protocol EventLogUnderTest: AnyObject {
    /// What this log lets a case do beyond the ports. Cases that need more are left out.
    var capabilities: Set<Capability> { get }

    /// The name that a topic, group or transactional id of a case has on this log, so that no case meets what another
    /// one left there.
    func name(_ short: String) -> String
    /// Creates a topic, and returns when everyone can use it.
    func createTopic(_ topic: String, partitions: Int32) throws

    /// A reader that sees committed records alone.
    func makeReader() throws -> any LogReader
    /// A producer outside transactions.
    func makeProducer() throws -> any BatchProducer
    /// One that has not been initialised.
    func makeTransactionalProducer(id: String) throws -> any TransactionalProducer
    /// A member that has only asked to join, with `EventLogContract.offsetMetadata`. Its group waits at least 10 seconds for it while it is silent.
    func makeConsumer(
        group: String, topics: [String], urgentTopics: [String], instanceID: String?
    ) throws -> any GroupConsumer

    /// Looks at a condition again and again, with a moment between two looks, until it is true or 30 seconds or more are
    /// over.
    /// - Returns: whether it came true.
    func comesTrue(_ condition: () throws -> Bool) throws -> Bool

    /// Begins a transaction, writes these records and sends these offsets in it, as `transact` does, and does no more, like
    /// a process that died there. It is open when this returns; the log ends it 10 to 20 seconds later, if nobody has ended
    /// it before. Needs `.openTransactions`.
    func leaveTransactionOpen(
        _ records: [OutgoingRecord], offsets: [TopicPartition: Int64], of consumer: any GroupConsumer, id: String
    ) throws
}

/// What not every log can do.
package enum Capability: Hashable, Sendable {
    /// `leaveTransactionOpen` does what it says.
    case openTransactions
}

extension EventLogUnderTest {
    package var capabilities: Set<Capability> { [] }

    package func leaveTransactionOpen(
        _ records: [OutgoingRecord], offsets: [TopicPartition: Int64], of consumer: any GroupConsumer, id: String
    ) throws {
        throw ContractViolation("a log that says it can leave transactions open does so")
    }
}
