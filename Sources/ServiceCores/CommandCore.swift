internal import Customers
public import EventLog
public import Messages
public import Processing
internal import Uniqueness

/// The command service: one stream a customer, each command decided once.
public final class CommandCore: ServiceCore {
    public let group = ConsumerGroup.commandService
    public let tables = [Customer.State.table, RememberedCommand.table, CommandCore.owed]
    /// Events first: an outcome is judged by them.
    public let memory = [Topic.customerEvents, .commandOutcomes, .processOutcomes]
    public let book: Topic? = .customerEvents
    /// A zombie's second event of a stream would have the version that comes next, though its first one came too late.
    public let isBookChained = true
    public let stateVersion = 2
    public let decidesByDeclaration = true
    private var reader: CommandReader
    private let advice: (any KeyAdvice)?

    /// - Parameter advice: asked before a client's command for values is accepted; nil to ask nobody.
    public init(_ declaration: Declaration, advice: (any KeyAdvice)? = nil) {
        reader = CommandReader(declaration)
        self.advice = advice
    }

    public func adopt(_ declaration: Declaration) { reader.declaration = declaration }

    public func handle(_ record: LogRecord, from topic: Topic, customerID: String, in step: Step)
        throws(StateStoreError)
    {
        let reading = reader.read(
            record, from: topic, customerID: customerID, firstPlace: FirstPlace.of(record, in: topic))
        switch reading {
        case .unreadable(let detail): step.deadLetter(record, from: topic, reason: "malformed", detail: detail)
        case .command(let command):
            if let remembered = try step.remembered(command.key) {
                answerAgain(command, remembered, record, topic, step)
            } else {
                try decide(command, record, topic, step)
            }
        }
    }

    private func decide(_ command: ReceivedCommand, _ record: LogRecord, _ topic: Topic, _ step: Step)
        throws(StateStoreError)
    {
        var customer = try step.customer(command.customerID)
        let result: RememberedCommand.Result
        switch command.content {
        case .failure(let refusal):
            if refusal.isAboutUndeclared, !step.knowsDeclaration {
                step.askForDeclaration()
                return
            }
            result = .rejected(refusal.code, message: refusal.message)
        case .success(.registration): result = .rejected(.notAllowed, message: RejectionCode.notAllowed.message)
        case .success(.command(let action)):
            do {
                let events = try Customer.decide(
                    Customer.Command(command.customerID, action, by: reader.declaration, at: step.now), in: customer)
                if let loss = advisedLoss(command.customerID, events, topic) {
                    result = .rejected(
                        .valueTaken, message: "Another customer has this value of `\(loss)`.")
                    settle(command, result, record, topic, step)
                    return
                }
                for event in events {
                    step.emit(
                        Message(command.causing(id: event.id, source: Source.commandService, time: step.now), event),
                        to: .customerEvents)
                    Customer.evolve(&customer, event)
                }
                step.state.set(Customer.State.table, Array(command.customerID.utf8), to: customer.encoded)
                result = .accepted(events: events.map(\.id))
            } catch { result = .rejected(error, message: error.message) }
        }
        settle(command, result, record, topic, step)
    }

    /// The attribute of a value that the index would most likely refuse later. It saves a compensation and guarantees
    /// nothing: whatever the copy does not know, the index will find.
    private func advisedLoss(_ customerID: String, _ events: [CustomerEvent], _ topic: Topic) -> String? {
        // The process manager knows.
        guard let advice, topic == .customerCommands else { return nil }
        let keys = events.lazy.compactMap(\.meaning.claim).flatMap(\.keys)
        return keys.first { advice.isTaken($0, byOtherThan: customerID) }?.attribute
    }

    /// Writes a first outcome, and remembers it.
    private func settle(
        _ command: ReceivedCommand, _ result: RememberedCommand.Result, _ record: LogRecord, _ topic: Topic,
        _ step: Step
    ) {
        let trace = RememberedCommand.OutcomeTrace(hash: command.hash, position: record.offset)
        step.state.set(
            RememberedCommand.table, command.key.bytes, to: RememberedCommand(result, outcome: trace).encoded)
        write(command, result, record, topic, step, isDuplicate: false)
    }

    private func answerAgain(
        _ command: ReceivedCommand, _ remembered: RememberedCommand, _ record: LogRecord, _ topic: Topic, _ step: Step
    ) {
        guard let outcome = remembered.outcome else {
            // The events were written, the outcome was not: this is the record that they were decided for.
            settle(command, remembered.result, record, topic, step)
            return
        }
        step.count(.repeated, topic)
        // The very record that was answered, read again: its outcome stands in the log, or it would not be remembered.
        if outcome.position == record.offset { return }
        // Of a process command that was accepted nothing is told but its event.
        if topic == .processCommands, remembered.isAccepted { return }
        if outcome.hash != command.hash {
            let code = RejectionCode.deduplicationKeyReused
            write(command, .rejected(code, message: code.message), record, topic, step, isRepeat: true)
        } else {
            write(command, remembered.result, record, topic, step, isRepeat: true, isDuplicate: true)
        }
    }

    private func write(
        _ command: ReceivedCommand, _ result: RememberedCommand.Result, _ record: LogRecord, _ topic: Topic,
        _ step: Step, isRepeat: Bool = false, isDuplicate: Bool = false
    ) {
        let answer: Outcome.Result
        switch result {
        case .accepted(let events):
            // The process manager reads it off the event.
            if topic == .processCommands { return }
            answer = .accepted(events: events)
        case .rejected(let code, let message): answer = .rejected(code, message: message)
        }
        let suffix = isRepeat ? "/outcome/\(record.partition)/\(record.offset)" : "/outcome"
        let outcome = Outcome(
            customerID: command.customerID, commandID: command.id, commandSource: command.source,
            commandHash: command.hashText, result: answer, isDuplicate: isDuplicate, position: record.offset)
        step.emit(
            Message(
                command.causing(id: "\(command.key)\(suffix)", source: Source.commandService, time: step.now), outcome),
            to: topic == .processCommands ? .processOutcomes : .commandOutcomes)
    }
}

// Recovery: the state as the fold of what this service has written.
extension CommandCore {
    public func recall(_ record: LogRecord, from topic: Topic, in step: Step) throws(StateStoreError) {
        switch topic {
        case .customerEvents: try recallEvent(record, step)
        case .commandOutcomes: try recallOutcome(record, of: .customerCommands, topic, step)
        case .processOutcomes: try recallOutcome(record, of: .processCommands, topic, step)
        default: break
        }
    }

    private func recallEvent(_ record: LogRecord, _ step: Step) throws(StateStoreError) {
        guard let message = try? Message<CustomerEvent>(decoding: record.value) else {
            step.count(.skipped, .customerEvents)
            return
        }
        let event = message.body
        var customer = try step.customer(event.customerID)
        guard event.version == customer.version + 1, record.key == Array(event.customerID.utf8) else {
            // Seen before, or written by someone who did not know what came before it: the first one counts.
            step.count(event.version <= customer.version ? .repeated : .void, .customerEvents)
            return
        }
        Customer.evolve(&customer, event)
        step.state.set(Customer.State.table, Array(event.customerID.utf8), to: customer.encoded)
        guard let commandID = message.metadata.causationID else { return }
        let key = DeduplicationKey(
            topic: event.commandTopic, customerID: event.customerID, source: message.metadata.causationSource ?? "",
            id: commandID)
        // A process command that is accepted has no outcome besides its events: they are all there is to know.
        let trace: RememberedCommand.OutcomeTrace? =
            event.commandTopic == .processCommands ? .init(hash: nil, position: nil) : nil
        // A refusal that was read before is void, as it is when both are read anew and the event comes first.
        let void = try step.remembered(key)?.outcome
        if try step.remembered(key)?.isAccepted == true, void != nil { return }
        step.state.set(
            RememberedCommand.table, key.bytes,
            to: RememberedCommand(.accepted(events: [event.id]), outcome: trace).encoded)
        if let void, trace == nil {
            let outcome = Outcome(
                customerID: event.customerID, commandID: commandID,
                commandSource: message.metadata.causationSource ?? "",
                commandHash: void.hash.map { Hexadecimal.text($0) },
                result: .accepted(events: [event.id]), isDuplicate: false, position: void.position)
            owe(key.id, message.metadata, outcome, step)
        }
    }

    private func recallOutcome(_ record: LogRecord, of commands: Topic, _ topic: Topic, _ step: Step)
        throws(StateStoreError)
    {
        // First outcomes are named `K/outcome`; those of repeats have more behind it, and nothing to be remembered.
        guard let message = try? Message<Outcome>(decoding: record.value) else { return }
        if let position = message.body.position { step.noteAnswered(commands, before: position + 1) }
        guard message.metadata.id.hasSuffix("/outcome"), let name = NameID(message.metadata.id.dropLast(8)) else {
            return
        }
        let hash = message.body.commandHash.flatMap { Hexadecimal.bytes($0) }
        let trace = RememberedCommand.OutcomeTrace(hash: hash, position: message.body.position)
        let known = try state(of: name, step)
        if known?.outcome != nil { return }
        let remembered: RememberedCommand
        switch (message.body.result, known?.result) {
        // An outcome that contradicts the events is void: whoever wrote it did not know them.
        case (.rejected, .accepted(let events)):
            step.count(.void, topic)
            if topic == .commandOutcomes {
                var outcome = message.body
                outcome.result = .accepted(events: events)
                owe(name, message.metadata, outcome, step)
            }
            return
        case (.accepted(let events), nil) where !events.isEmpty:
            step.count(.void, topic)
            return
        case (.accepted(let events), .accepted(let seen)) where Set(events) != Set(seen):
            step.count(.void, topic)
            return
        case (.accepted(let events), _): remembered = RememberedCommand(.accepted(events: events), outcome: trace)
        case (.rejected(let code, let message), _):
            remembered = RememberedCommand(.rejected(code, message: message), outcome: trace)
        }
        step.state.set(RememberedCommand.table, name.bytes, to: remembered.encoded)
    }

    private func state(of name: NameID, _ step: Step) throws(StateStoreError) -> RememberedCommand? {
        try step.state.value(RememberedCommand.table, name.bytes).flatMap(RememberedCommand.init)
    }
}

extension CustomerEvent {
    /// The topic of the command that it answers, which the kind of the event tells: whatever a client names as its
    /// source, it can't pass for the process manager.
    var commandTopic: Topic {
        switch kind {
        case .registered(_, .confirmed, _), .confirmed, .unregistered(.duplicate, _, _, _), .changed,
            .changeRejected:
            .processCommands
        case .registered(_, .pending, _), .unregistered, .changeStarted: .customerCommands
        }
    }
}
