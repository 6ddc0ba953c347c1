internal import Messages
internal import Processing
internal import Uniqueness

/// How a process is kept, and found again when its deadline is over.
enum ProcessState {
    static let table = StateTable("processes")
    /// Keyed by time (eight bytes, so that bytes sort like times) and the process's name.
    static let deadlines = StateTable("deadlines")
    /// Of each stream the version of its last event, and since which one it waits.
    static let streams = StateTable("streams")

    static func encode(_ state: RegistrationProcess.State) -> [UInt8]? {
        var writer = StateWriter()
        switch state {
        case .unknown: return nil
        case .waiting(let wish):
            writer.byte(1)
            writer.wish(wish)
        case .sending(let sending):
            writer.byte(2)
            writer.text(sending.step.rawValue)
            writer.text(sending.topic.rawValue)
            writer.integer(sending.attempt)
            writer.data(sending.command)
            writer.integer(sending.issuedAt.microseconds)
            writer.byte(sending.isEscalated ? 1 : 0)
            writer.wish(sending.wish)
        case .ended(let releases):
            writer.byte(3)
            writer.releases(releases)
        case .releasing(let wish, let issued):
            writer.byte(4)
            writer.wish(wish)
            writer.releases(issued)
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) -> RegistrationProcess.State? {
        var reader = StateReader(bytes)
        switch reader.byte() {
        case 1: return reader.wish().map { .waiting(wish: $0) }
        case 2:
            guard let step = reader.text().flatMap(RegistrationProcess.Step.init),
                let topic = reader.text().flatMap(Topic.init), let attempt = reader.integer(),
                let command = reader.data(), let issuedAt = reader.integer(), let isEscalated = reader.byte(),
                let wish = reader.wish()
            else { return nil }
            return .sending(
                .init(
                    step: step, topic: topic, attempt: attempt, command: command,
                    issuedAt: Timestamp(microseconds: issuedAt), isEscalated: isEscalated == 1, wish: wish))
        case 3: return reader.releases().map { .ended(releases: $0) }
        case 4:
            guard let wish = reader.wish(), let wish, let issued = reader.releases() else { return nil }
            return .releasing(wish, issued: issued)
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

    /// Takes notice of a stream's event.
    /// - Returns: since which event the stream had waited when it came, if it did. Nil where it is not the next one of its
    ///   stream: it is a repeat, or was written by someone who did not know what came before it. The first one counts.
    func follow(_ meaning: StreamMeaning) throws(StateStoreError) -> Int64?? {
        let key = Array(meaning.customerID.utf8)
        var last: Int64 = 0
        var since: Int64 = 0
        if let bytes = try state.value(ProcessState.streams, key) {
            var reader = StateReader(bytes)
            guard let version = reader.integer(), let waiting = reader.integer() else {
                throw unreadable("a customer's version")
            }
            (last, since) = (version, waiting)
        }
        guard meaning.version == last + 1 else {
            count(meaning.version <= last ? .repeated : .void, .customerEvents)
            return nil
        }
        var next = since
        switch meaning.step {
        case .began: next = meaning.version
        case .ended, .registered: next = 0
        case .nothing: break
        }
        var writer = StateWriter()
        writer.integer(meaning.version)
        writer.integer(next)
        state.set(ProcessState.streams, key, to: writer.bytes)
        return .some(since > 0 ? since : nil)
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

extension StateWriter {
    fileprivate mutating func wish(_ wish: RegistrationProcess.Wish?) {
        byte(wish == nil ? 0 : 1)
        guard let wish else { return }
        values(wish.values)
        optionalText(wish.name)
    }

    fileprivate mutating func releases(_ releases: [RegistrationProcess.Release]) {
        integer(Int64(releases.count))
        for release in releases {
            text(release.attribute)
            data(release.command)
        }
    }
}

extension StateReader {
    /// Nil for a broken value; `.some(nil)` for an absent wish.
    fileprivate mutating func wish() -> RegistrationProcess.Wish?? {
        switch byte() {
        case 0: return .some(nil)
        case 1:
            guard let values = values(), let name = optionalText() else { return nil }
            return .some(.init(values: values, name: name))
        default: return nil
        }
    }

    fileprivate mutating func releases() -> [RegistrationProcess.Release]? {
        guard let count = integer(), (0...1_000).contains(count) else { return nil }
        var releases: [RegistrationProcess.Release] = []
        for _ in 0..<count {
            guard let attribute = text(), let command = data() else { return nil }
            releases.append(.init(attribute: attribute, command: command))
        }
        return releases
    }
}
