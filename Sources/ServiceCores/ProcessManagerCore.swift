internal import Customers
public import EventLog
public import Messages
public import Processing
internal import Uniqueness

/// The process manager service: feeds what the other services tell to the registration processes, writes their book,
/// and sends what stands in it.
public final class ProcessManagerCore: ServiceCore {
    public let group = ConsumerGroup.processManager
    public let tables = [ProcessState.table, ProcessState.deadlines, ProcessState.streams]
    public let stateVersion = 4
    public let decidesByDeclaration = true
    public let memory = [Topic.registrationEvents]
    /// Of an event that has come before nothing need stand in the book, and of two that differ the first one counts.
    public let followed = [Topic.customerEvents]
    public let book: Topic? = .registrationEvents
    private var reader: CommandReader
    /// Most deadlines that one turn acts on, for one partition.
    private let deadlinesAtOnce = 500

    public init(_ declaration: Declaration) { reader = CommandReader(declaration) }

    public func adopt(_ declaration: Declaration) { reader.declaration = declaration }

    public func handle(_ record: LogRecord, from topic: Topic, customerID: String, in step: Step)
        throws(StateStoreError)
    {
        if topic == .registrationRequests {
            try handleRequest(record, customerID, step)
            return
        }
        let signal: RegistrationProcess.Signal?
        var event: Message<CustomerEvent>?
        do throws(MessageProblem) {
            switch topic {
            case .customerEvents:
                event = try Message(decoding: record.value)
                signal = nil
            case .uniqueVerdicts: signal = .from(try Message<KeyAnswer>(decoding: record.value), now: step.now)
            case .processOutcomes: signal = .from(try Message<Outcome>(decoding: record.value), now: step.now)
            default: signal = nil
            }
        } catch {
            switch error {
            case .unknownType: step.count(.skipped, topic)
            case .malformed(let detail): step.deadLetter(record, from: topic, reason: "malformed", detail: detail)
            }
            return
        }
        if let event { try handle(event.body.meaning, event.metadata, record, customerID, step) }
        guard let signal else { return }
        guard signal.customerID.isExactly(customerID) else { return deadLetter(record, from: topic, step) }
        try react(to: signal, step)
    }

    private func deadLetter(_ record: LogRecord, from topic: Topic, _ step: Step) {
        step.deadLetter(record, from: topic, reason: "malformed", detail: "`customerId` is not the record's key")
    }

    /// An event of a stream, as the kernel knows it.
    private func handle(
        _ meaning: StreamMeaning, _ cause: Metadata, _ record: LogRecord, _ customerID: String, _ step: Step
    ) throws(StateStoreError) {
        guard meaning.customerID.isExactly(customerID) else {
            return deadLetter(record, from: .customerEvents, step)
        }
        guard let since = try step.follow(meaning) else { return }
        guard let signal = RegistrationProcess.Signal.from(meaning, since: since, cause: cause, now: step.now)
        else { return }
        try react(to: signal, step)
    }

    private func react(to signal: RegistrationProcess.Signal, _ step: Step) throws(StateStoreError) {
        var state = try step.process(signal.process)
        let sent = signal.kind.answers(in: state)
        if !sent.isEmpty {
            // What it answers is read again: the book was written, in part or whole, but perhaps not what stands in it.
            // Sending it once more does no harm, and spares the customer the deadline.
            step.count(.repeated, signal.kind.topic)
            for (topic, command) in sent { send(command, to: topic, of: signal.customerID, step) }
        }
        for event in RegistrationProcess.react(to: signal, in: state) {
            step.emit(event, to: .registrationEvents)
            if case .commandIssued(let topic, _, let command) = event.body.kind {
                send(command, to: topic, of: signal.customerID, step)
            }
            let before = state
            RegistrationProcess.evolve(&state, event)
            step.set(signal.process, from: before, to: state)
        }
    }

    private func send(_ command: [UInt8], to topic: Topic, of customerID: String, _ step: Step) {
        if topic == .processCommands {
            step.emit(value: command, key: Array(customerID.utf8), to: topic)
        } else if let key = IssuedMessage(command, to: topic)?.key {
            step.emit(value: command, key: key, to: topic)
        }
    }

    private func handleRequest(_ record: LogRecord, _ customerID: String, _ step: Step) throws(StateStoreError) {
        let place = FirstPlace.of(record, in: .registrationRequests)
        switch reader.read(record, from: .registrationRequests, customerID: customerID, firstPlace: place) {
        case .unreadable(let detail):
            step.deadLetter(record, from: .registrationRequests, reason: "malformed", detail: detail)
        case .command(let request): try handle(request, step)
        }
    }

    private func handle(_ request: ReceivedCommand, _ step: Step) throws(StateStoreError) {
        let process = request.key.description
        let refusal: Refusal
        switch request.content {
        case .success(.registration(let values, let name)):
            let cause = Metadata(
                id: request.id, source: request.source, time: step.now, correlationID: request.correlationID,
                causationID: nil, causationSource: nil, trace: request.trace)
            try react(
                to: RegistrationProcess.Signal(
                    process: process, customerID: request.customerID,
                    kind: .requested(.init(values: values, name: name)), cause: cause, now: step.now), step)
            return
        case .success(.command): refusal = Refusal(.notAllowed)
        case .failure(let problem):
            if problem.isAboutUndeclared, !step.knowsDeclaration {
                step.askForDeclaration()
                return
            }
            refusal = problem
        }
        // Answered once. Under a name that is taken it is another content of a request that was answered by its process.
        guard try step.process(process) == .unknown else {
            step.count(.repeated, .registrationRequests)
            return
        }
        let event = Message(
            request.causing(id: "\(process)/rejected", source: Source.processManager, time: step.now),
            RegistrationEvent(
                process: process, customerID: request.customerID,
                kind: .rejected(code: refusal.code.rawValue, nil)))
        step.emit(event, to: .registrationEvents)
        step.set(process, from: .unknown, to: .ended(releases: []))
    }

    public func recall(_ record: LogRecord, from topic: Topic, in step: Step) throws(StateStoreError) {
        if topic == .customerEvents {
            guard let event = try? Message<CustomerEvent>(decoding: record.value).body,
                record.key == Array(event.customerID.utf8)
            else { return }
            _ = try step.follow(event.meaning)
            return
        }
        guard let message = try? Message<RegistrationEvent>(decoding: record.value) else {
            step.count(.skipped, topic)
            return
        }
        let before = try step.process(message.body.process)
        var state = before
        RegistrationProcess.evolve(&state, message)
        step.set(message.body.process, from: before, to: state)
    }

    public func isOverdue(by time: Timestamp, in state: PartitionState) throws(StateStoreError) -> Bool {
        try !state.committedEntries(ProcessState.deadlines, through: ProcessState.deadlineBound(time), limit: 1).isEmpty
    }

    public func judgeDeadlines(through time: Timestamp, in step: Step) throws(StateStoreError) {
        let due = try step.state.committedEntries(
            ProcessState.deadlines, through: ProcessState.deadlineBound(time), limit: deadlinesAtOnce)
        for entry in due {
            guard let process = ProcessState.process(ofDeadline: entry.key),
                case .sending(let sending) = try step.process(process),
                let message = IssuedMessage(sending.command, to: sending.topic)
            else {
                step.state.set(ProcessState.deadlines, entry.key, to: nil)
                continue
            }
            try react(
                to: RegistrationProcess.Signal(
                    process: process, customerID: message.customerID, kind: .deadline, cause: message.metadata,
                    now: step.now), step)
        }
    }
}
