internal import Customers
public import EventLog
public import Messages
public import Processing

/// The process manager service: feeds what the other services tell to the registration processes, writes their book,
/// and sends what stands in it.
public final class ProcessManagerCore: ServiceCore {
    public let group = ConsumerGroup.processManager
    public let tables = [ProcessState.table, ProcessState.deadlines]
    public let memory = [Topic.registrationEvents]
    public let book: Topic? = .registrationEvents
    private let reader: CommandReader
    /// Most deadlines that one turn acts on, for one partition.
    private let deadlinesAtOnce = 500

    public init(normalization: DocumentNormalization) { reader = CommandReader(normalization: normalization) }

    public func handle(_ record: LogRecord, from topic: Topic, customerID: String, in step: Step)
        throws(StateStoreError)
    {
        if topic == .registrationRequests {
            try handleRequest(record, customerID, step)
            return
        }
        let signal: RegistrationProcess.Signal?
        do throws(MessageProblem) {
            switch topic {
            case .customerEvents: signal = Self.signal(try Message<CustomerEvent>(decoding: record.value), step.now)
            case .documentEvents: signal = Self.signal(try Message<DocumentEvent>(decoding: record.value), step.now)
            case .processOutcomes: signal = Self.signal(try Message<Outcome>(decoding: record.value), step.now)
            default: signal = nil
            }
        } catch {
            switch error {
            case .unknownType: step.count(.skipped, topic)
            case .malformed(let detail): step.deadLetter(record, from: topic, reason: "malformed", detail: detail)
            }
            return
        }
        guard let signal else { return }
        guard signal.customerID.isExactly(customerID) else {
            step.deadLetter(record, from: topic, reason: "malformed", detail: "`customerId` is not the record's key")
            return
        }
        try react(to: signal, step)
    }

    private func react(to signal: RegistrationProcess.Signal, _ step: Step) throws(StateStoreError) {
        var state = try step.process(signal.process)
        let events = RegistrationProcess.react(to: signal, in: state)
        if events.isEmpty, case .sending(let sending) = state, signal.kind.isVerdict {
            // The verdict is read again: the book was written, but perhaps not what stands in it. Sending it once more
            // does no harm, and spares the customer the deadline.
            step.count(.repeated, .documentEvents)
            step.emit(value: sending.command, key: Array(signal.customerID.utf8), to: sending.topic)
        }
        for event in events {
            step.emit(event, to: .registrationEvents)
            if case .commandIssued(let topic, _, let command) = event.body.kind {
                step.emit(value: command, key: Array(signal.customerID.utf8), to: topic)
            }
            let before = state
            RegistrationProcess.evolve(&state, event)
            step.set(signal.process, from: before, to: state)
        }
    }

    /// Requests begin the `reserve` way, which this version does not know: each is answered as unknown, once.
    private func handleRequest(_ record: LogRecord, _ customerID: String, _ step: Step) throws(StateStoreError) {
        let place = FirstPlace.of(record)
        switch reader.read(record, from: .registrationRequests, customerID: customerID, firstPlace: place) {
        case .unreadable(let detail):
            step.deadLetter(record, from: .registrationRequests, reason: "malformed", detail: detail)
        case .command(let request):
            let process = request.key.description
            guard case .failure(let refusal) = request.content, try step.process(process) == .unknown else {
                step.count(.repeated, .registrationRequests)
                return
            }
            let event = Message(
                request.causing(id: "\(process)/rejected", source: Source.processManager, time: step.now),
                RegistrationEvent(
                    process: process, customerID: customerID,
                    kind: .rejected(code: refusal.code.rawValue, heldBy: nil)))
            step.emit(event, to: .registrationEvents)
            step.set(process, from: .unknown, to: .ended)
        }
    }

    public func recall(_ record: LogRecord, from topic: Topic, in step: Step) throws(StateStoreError) {
        guard let message = try? Message<RegistrationEvent>(decoding: record.value) else {
            step.count(.skipped, topic)
            return
        }
        let before = try step.process(message.body.process)
        var state = before
        RegistrationProcess.evolve(&state, message)
        step.set(message.body.process, from: before, to: state)
    }

    public func wake(in step: Step) throws(StateStoreError) {
        let due = try step.state.committedEntries(
            ProcessState.deadlines, through: ProcessState.deadlineBound(step.now), limit: deadlinesAtOnce)
        for entry in due {
            guard let process = ProcessState.process(ofDeadline: entry.key),
                case .sending(let sending) = try step.process(process),
                let command = try? Message<ProcessCommand>(decoding: sending.command)
            else {
                step.state.set(ProcessState.deadlines, entry.key, to: nil)
                continue
            }
            try react(
                to: RegistrationProcess.Signal(
                    process: process, customerID: command.body.customerID, kind: .deadline, cause: command.metadata,
                    now: step.now), step)
        }
    }
}

extension RegistrationProcess.Signal.Kind {
    /// Whether it is what a command answers.
    var isVerdict: Bool {
        switch self {
        case .won, .lost: true
        case .registered, .confirmed, .unregistered, .refused, .deadline: false
        }
    }
}

// From what the other services tell to signals.
extension ProcessManagerCore {
    static func signal(_ message: Message<CustomerEvent>, _ now: Timestamp) -> RegistrationProcess.Signal? {
        let event = message.body
        let kind: RegistrationProcess.Signal.Kind
        // A registration is the first event of its stream, and so names the process of whatever comes later.
        switch event.kind {
        case .registered(_, .pending, _): kind = .registered(document: event.document, version: event.version)
        case .registered(_, .confirmed, _): return nil
        case .confirmed: kind = .confirmed
        case .unregistered(let reason, let heldBy): kind = .unregistered(reason: reason, heldBy: heldBy)
        }
        return RegistrationProcess.Signal(
            process: RegistrationProcess.name(customerID: event.customerID, version: 1),
            customerID: event.customerID, kind: kind, cause: message.metadata, now: now)
    }

    static func signal(_ message: Message<DocumentEvent>, _ now: Timestamp) -> RegistrationProcess.Signal? {
        let reference = message.body.reference
        guard let version = reference.version, reference.purpose == .registration, reference.reservation == nil else {
            return nil
        }
        let kind: RegistrationProcess.Signal.Kind
        switch message.body.kind {
        case .claimed: kind = .won(document: reference.document, version: version)
        case .claimRejected:
            kind = .lost(document: reference.document, version: version, heldBy: message.body.heldBy)
        case .reserved, .released, .reservationRejected: return nil
        }
        return RegistrationProcess.Signal(
            process: RegistrationProcess.name(customerID: reference.customerID, version: version),
            customerID: reference.customerID, kind: kind, cause: message.metadata, now: now)
    }

    static func signal(_ message: Message<Outcome>, _ now: Timestamp) -> RegistrationProcess.Signal? {
        let outcome = message.body
        // A command's id is its process's name with the command's behind it.
        guard case .rejected(let code, _) = outcome.result, outcome.commandSource == Source.processManager,
            let end = outcome.commandID.lastIndex(of: "/")
        else { return nil }
        return RegistrationProcess.Signal(
            process: String(outcome.commandID[..<end]), customerID: outcome.customerID, kind: .refused(code),
            cause: message.metadata, now: now)
    }
}
