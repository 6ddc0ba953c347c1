public import EventLog
public import Messages

/// Finds the processes that need a human. It keeps those that are open or escalated; of the rest, a fingerprint.
public struct EscalationSearch: Sendable {
    /// The topics to be read.
    public static let topics: [Topic] = [.registrationEvents]

    private struct OpenProcess {
        var command: Escalation.LastCommand?
    }

    private let names: DeploymentNames
    private var open: [Fingerprint: OpenProcess] = [:]
    private var escalated: [Fingerprint: Escalation] = [:]
    private var ended: Set<Fingerprint> = []

    public init(names: DeploymentNames) { self.names = names }

    /// Takes a record of `topics`; those of a partition in their order.
    public mutating func take(_ record: LogRecord) {
        guard names.topic(record.topic) == .registrationEvents,
            let message = try? Message<RegistrationEvent>(decoding: record.value)
        else { return }
        let name = Fingerprint(message.body.process)
        // A repeat of what was before the end.
        if ended.contains(name) { return }
        let time = message.metadata.time
        switch message.body.kind {
        case .started: break
        case .commandIssued(let topic, let attempt, let command): note(command, topic, attempt, time, name)
        case .escalated(let reason):
            // The first one counts: it was escalated since then.
            if escalated[name] != nil { return }
            escalated[name] = Escalation(
                process: message.body.process, customerID: message.body.customerID, since: time, reason: reason,
                command: open.removeValue(forKey: name)?.command)
        case .completed: end(name, .completed, time)
        case .compensated: end(name, .compensated, time)
        case .rejected(let code, _): end(name, .rejected(code: code), time)
        }
    }

    private mutating func note(
        _ command: [UInt8], _ topic: Topic, _ attempt: Int64, _ time: Timestamp, _ name: Fingerprint
    ) {
        let envelope = try? JSONObject(command)
        let last = Escalation.LastCommand(
            type: envelope?.text("type") ?? "", id: envelope?.text("id") ?? "", topic: topic, attempts: attempt,
            time: time)
        if let before = escalated[name] {
            // A repeat of an earlier attempt.
            if let known = before.command, known.id == last.id, known.attempts >= attempt { return }
            escalated[name]?.command = last
        } else {
            open[name] = OpenProcess(command: last)
        }
    }

    private mutating func end(_ name: Fingerprint, _ ending: Escalation.Ending, _ time: Timestamp) {
        ended.insert(name)
        open[name] = nil
        escalated[name]?.ending = ending
        escalated[name]?.endedAt = time
    }

    public enum Selection: Hashable, Sendable {
        case unended
        case all
    }

    /// Those that are wanted, the newest last.
    public func escalations(_ selection: Selection) -> [Escalation] {
        escalated.values.filter { selection == .all || $0.ending == nil }
            .sorted { left, right in
                left.since == right.since
                    ? left.process.utf8.lexicographicallyPrecedes(right.process.utf8) : left.since < right.since
            }
    }
}
