internal import EventLog
internal import Messages
public import Processing

// `at-least-once`: two instances decide one command differently, a zombie among them. An event that stands in the book
// makes the other one's refusal void; whoever wrote the event may have died before it told the outcome, and the
// command's record may be committed as refused. Then the outcome is owed, and nobody else will write it.
extension CommandCore {
    /// Outcomes that may have to be written: the message, keyed by the command's key.
    static let owed = StateTable("owed")
    /// Most of them that one turn looks at, for one partition.
    private static let owedAtOnce = 500

    /// Notes down that an event has made a refusal void.
    /// - Parameters:
    ///   - metadata: what the outcome's says, besides its id.
    ///   - outcome: the acceptance.
    func owe(_ key: NameID, _ metadata: Metadata, _ outcome: Outcome, _ step: Step) {
        var metadata = metadata
        (metadata.id, metadata.time) = ("\(key)/outcome", step.now)
        step.state.set(Self.owed, key.bytes, to: Message(metadata, outcome).encoded())
    }

    public func wake(in step: Step) throws(StateStoreError) {
        let last = [UInt8](repeating: 0xff, count: 17)
        for entry in try step.state.committedEntries(Self.owed, through: last, limit: Self.owedAtOnce) {
            step.state.set(Self.owed, entry.key, to: nil)
            // Written after all, by the other one or in answer to the command's record.
            guard
                var remembered = try step.state.value(RememberedCommand.table, entry.key)
                    .flatMap(RememberedCommand.init), remembered.isAccepted, remembered.outcome == nil,
                let message = try? Message<Outcome>(decoding: entry.value)
            else { continue }
            let hash = message.body.commandHash.flatMap { Hexadecimal.bytes($0) }
            remembered.outcome = RememberedCommand.OutcomeTrace(hash: hash, position: message.body.position)
            step.state.set(RememberedCommand.table, entry.key, to: remembered.encoded)
            step.emit(message, to: .commandOutcomes)
        }
    }
}
