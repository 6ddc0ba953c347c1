internal import Customers
internal import Messages
internal import Processing

/// How a process is kept, and found again when its deadline is over.
enum ProcessState {
    static let table = StateTable("processes")
    /// Keyed by time (eight bytes, so that bytes sort like times) and the process's name.
    static let deadlines = StateTable("deadlines")

    static func encode(_ state: RegistrationProcess.State) -> [UInt8]? {
        var writer = StateWriter()
        switch state {
        case .unknown: return nil
        case .waiting: writer.byte(1)
        case .sending(let sending):
            writer.byte(2)
            writer.text(sending.topic.rawValue)
            writer.integer(sending.attempt)
            writer.data(sending.command)
            writer.integer(sending.issuedAt.microseconds)
            writer.byte(sending.isEscalated ? 1 : 0)
        case .ended: writer.byte(3)
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) -> RegistrationProcess.State? {
        var reader = StateReader(bytes)
        switch reader.byte() {
        case 1: return .waiting
        case 2:
            guard let topic = reader.text().flatMap(Topic.init), let attempt = reader.integer(),
                let command = reader.data(), let issuedAt = reader.integer(), let isEscalated = reader.byte()
            else { return nil }
            return .sending(
                .init(
                    topic: topic, attempt: attempt, command: command, issuedAt: Timestamp(microseconds: issuedAt),
                    isEscalated: isEscalated == 1))
        case 3: return .ended
        default: return nil
        }
    }

    static func deadlineKey(_ sending: RegistrationProcess.Sending, _ process: String) -> [UInt8] {
        timeKey(RetryPolicy.deadline(of: sending)) + Array(process.utf8)
    }

    /// No deadline after `now` has a key that is not greater.
    static func deadlineBound(_ now: Timestamp) -> [UInt8] { timeKey(Timestamp(microseconds: now.microseconds + 1)) }

    static func process(ofDeadline key: [UInt8]) -> String? {
        key.count > 8 ? String(validating: key.dropFirst(8), as: UTF8.self) : nil
    }

    private static func timeKey(_ time: Timestamp) -> [UInt8] {
        let value = UInt64(max(time.microseconds, 0))
        return (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64($0))) }
    }
}

extension Step {
    func process(_ name: String) throws(StateStoreError) -> RegistrationProcess.State {
        guard let bytes = try state.value(ProcessState.table, Array(name.utf8)) else { return .unknown }
        guard let state = ProcessState.decode(bytes) else {
            throw unreadable("a process")
        }
        return state
    }

    /// Keeps a process, and its deadline with it.
    func set(_ name: String, from before: RegistrationProcess.State, to after: RegistrationProcess.State) {
        if before == after { return }
        if case .sending(let sending) = before {
            state.set(ProcessState.deadlines, ProcessState.deadlineKey(sending, name), to: nil)
        }
        if case .sending(let sending) = after {
            state.set(ProcessState.deadlines, ProcessState.deadlineKey(sending, name), to: [])
        }
        state.set(ProcessState.table, Array(name.utf8), to: ProcessState.encode(after))
    }
}
