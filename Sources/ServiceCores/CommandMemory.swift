internal import Customers
internal import Messages
internal import Processing

/// What the command service remembers of a command: enough to answer it again, for ever.
struct RememberedCommand {
    enum Result {
        case accepted(events: [String])
        case rejected(RejectionCode, message: String)
    }
    var result: Result
    /// Nil while only the command's events are known: its outcome was not written, or not read yet.
    var outcome: OutcomeTrace?

    /// What the first outcome tells of the command.
    struct OutcomeTrace {
        /// nil where the command could not be read.
        var hash: [UInt8]?
        /// Offset of the record that it answers; nil if it does not say.
        var position: Int64?
    }

    var isAccepted: Bool {
        switch result {
        case .accepted: true
        case .rejected: false
        }
    }

    static let table = StateTable("outcomes")

    init(_ result: Result, outcome: OutcomeTrace?) {
        self.result = result
        self.outcome = outcome
    }

    var encoded: [UInt8] {
        var writer = StateWriter()
        switch result {
        case .accepted(let events):
            writer.byte(1)
            writer.integer(Int64(events.count))
            for event in events { writer.text(event) }
        case .rejected(let code, let message):
            writer.byte(2)
            writer.text(code.rawValue)
            // Most messages are the code's own: they are not worth their bytes a million times.
            writer.text(message == code.message ? "" : message)
        }
        writer.byte(outcome == nil ? 0 : 1)
        if let outcome {
            writer.data(outcome.hash ?? [])
            writer.integer(outcome.position ?? -1)
        }
        return writer.bytes
    }

    init?(_ bytes: [UInt8]) {
        var reader = StateReader(bytes)
        switch reader.byte() {
        case 1:
            guard let count = reader.integer(), (0...1_000).contains(count) else { return nil }
            var events: [String] = []
            for _ in 0..<count {
                guard let event = reader.text() else { return nil }
                events.append(event)
            }
            result = .accepted(events: events)
        case 2:
            guard let text = reader.text(), let message = reader.text() else { return nil }
            let code = RejectionCode(rawValue: text)
            result = .rejected(code, message: message.isEmpty ? code.message : message)
        default: return nil
        }
        switch reader.byte() {
        case 0: outcome = nil
        case 1:
            guard let hash = reader.data(), let position = reader.integer() else { return nil }
            outcome = OutcomeTrace(hash: hash.isEmpty ? nil : hash, position: position < 0 ? nil : position)
        default: return nil
        }
    }
}

extension Customer.State {
    static var table: StateTable { StateTable("customers") }

    var encoded: [UInt8] {
        var writer = StateWriter()
        switch self {
        case .unknown: writer.byte(0)
        case .pending(let values, let since):
            writer.byte(1)
            writer.integer(since)
            writer.values(values)
        case .confirmed(let values, let version):
            writer.byte(2)
            writer.integer(version)
            writer.values(values)
        case .unregistered(let version):
            writer.byte(3)
            writer.integer(version)
        case .changing(let values, let wanted, let since):
            writer.byte(4)
            writer.integer(since)
            writer.values(values)
            writer.changes(wanted)
        }
        return writer.bytes
    }

    init?(_ bytes: [UInt8]) {
        var reader = StateReader(bytes)
        guard let kind = reader.byte() else { return nil }
        if kind == 0 {
            self = .unknown
            return
        }
        guard let version = reader.integer() else { return nil }
        switch kind {
        case 1:
            guard let values = reader.values() else { return nil }
            self = .pending(values, since: version)
        case 2:
            guard let values = reader.values() else { return nil }
            self = .confirmed(values, version: version)
        case 3: self = .unregistered(version: version)
        case 4:
            guard let values = reader.values(), let wanted = reader.changes() else { return nil }
            self = .changing(values, wanted: wanted, since: version)
        default: return nil
        }
    }
}

extension Step {
    /// The store gave bytes that this version did not write.
    func unreadable(_ what: String) -> StateStoreError {
        StateStoreError(
            .io,
            "the state of \(what) in partition \(partition) can't be read; delete the state directory to have it rebuilt"
        )
    }

    func customer(_ id: String) throws(StateStoreError) -> Customer.State {
        guard let bytes = try state.value(Customer.State.table, Array(id.utf8)) else { return .unknown }
        guard let state = Customer.State(bytes) else {
            throw unreadable("a customer")
        }
        return state
    }

    func remembered(_ key: DeduplicationKey) throws(StateStoreError) -> RememberedCommand? {
        guard let bytes = try state.value(RememberedCommand.table, key.bytes) else { return nil }
        guard let remembered = RememberedCommand(bytes) else {
            throw unreadable("an outcome")
        }
        return remembered
    }
}
