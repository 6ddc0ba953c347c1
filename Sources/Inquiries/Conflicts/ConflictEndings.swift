public import EventLog
public import Messages
internal import Processing

/// The second of two passes that find the conflicts: what became of those who lost.
public struct ConflictEndings: Sendable {
    /// The topics to be read for this pass.
    public static let topics: [Topic] = [.customerEvents, .registrationEvents, .customerCommands]

    typealias Loss = ConflictVerdicts.Loss

    /// One customer and one of its events.
    private struct EventName: Hashable {
        var customer: Fingerprint
        var version: Int64
    }

    /// One customer and a key that it wanted.
    private struct Wish: Hashable {
        var customer: Fingerprint
        var key: Fingerprint
    }

    private enum Fate {
        case unregistered, left, changeRejected
        /// It has the values: whatever said that it lost is void.
        case won
    }

    private let verdicts: ConflictVerdicts
    private let losses: [Loss]
    private let reader: CommandReader
    /// Versions seen last, of the customers that are looked at.
    private var versions: [Fingerprint: Int64] = [:]
    /// Events that losers wanted values by; with the time once they were read.
    private var losersEvents: [EventName: Timestamp?] = [:]
    /// Keys that holders hold, with the times at which they asked for them.
    private var holdersWishes: [Wish: [Timestamp]] = [:]
    private var fates: [EventName: (fate: Fate, time: Timestamp)] = [:]
    private var rejectedProcesses: Set<Fingerprint> = []
    private var openProcesses: Set<Fingerprint> = []
    /// Customers with candidates; with their first value once it turned out to be what the id is made of.
    private var derived: [Fingerprint: KeyTag?] = [:]
    /// Commands that named another first value than the customer's.
    private var strays: Set<Fingerprint> = []

    public init(_ verdicts: ConflictVerdicts, declaration: Declaration) {
        self.verdicts = verdicts
        reader = CommandReader(declaration)
        losses = verdicts.limit.map { ConflictVerdicts.newest(verdicts.losses, $0) } ?? verdicts.losses
        for loss in losses {
            let loser = Fingerprint(loss.loser)
            if loss.version > 0 {
                versions[loser] = 0
                losersEvents[EventName(customer: loser, version: loss.version)] = .some(nil)
            }
            if let holder = loss.holder.map({ Fingerprint($0) }) {
                versions[holder] = 0
                holdersWishes[Wish(customer: holder, key: loss.key)] = []
            }
            if loss.strategy == .reserve, let process = loss.process { openProcesses.insert(process) }
        }
        for candidate in verdicts.candidates {
            let customer = Fingerprint(candidate.customer)
            versions[customer] = 0
            derived[customer] = .some(nil)
        }
    }

    /// Takes a record of `topics`; those of a partition in their order.
    public mutating func take(_ record: LogRecord) {
        guard let key = record.key else { return }
        switch verdicts.names.topic(record.topic) {
        case .customerEvents: takeEvent(record, Fingerprint(key))
        case .registrationEvents: takeProcess(record)
        case .customerCommands: takeCommand(record, key)
        default: break
        }
    }

    private mutating func takeEvent(_ record: LogRecord, _ customer: Fingerprint) {
        guard let last = versions[customer], let message = try? Message<CustomerEvent>(decoding: record.value) else {
            return
        }
        let event = message.body
        let time = message.metadata.time
        // A repeat, or void.
        guard event.version == last + 1, Fingerprint(event.customerID) == customer else { return }
        versions[customer] = event.version
        if losersEvents[EventName(customer: customer, version: event.version)] != nil {
            losersEvents[EventName(customer: customer, version: event.version)] = .some(time)
        }
        let answered = EventName(customer: customer, version: event.version - 1)
        switch event.kind {
        case .registered:
            noteWish(event.values, customer, time)
            if derived[customer] != nil, let key = firstKey(of: event.values),
                event.customerID.isExactly(NameID.customer(of: key).description)
            {
                derived[customer] = .some(KeyTag(key, verdicts.display))
            }
        case .changeStarted(let wanted): noteWish(wanted.wanted, customer, time)
        case .confirmed, .changed: note(.won, answered, time)
        case .unregistered(.duplicate, _, _, _): note(.unregistered, answered, time)
        case .unregistered: note(.left, answered, time)
        case .changeRejected: note(.changeRejected, answered, time)
        }
    }

    private mutating func noteWish(_ values: UniqueValues, _ customer: Fingerprint, _ time: Timestamp) {
        for key in values.keys { holdersWishes[Wish(customer: customer, key: Fingerprint(key.bytes))]?.append(time) }
    }

    /// What a derived id is made of.
    private func firstKey(of values: UniqueValues) -> UniqueKey? {
        values.keys.first { $0.attribute == reader.declaration.first.name }
    }

    private mutating func note(_ fate: Fate, _ event: EventName, _ time: Timestamp) {
        if losersEvents[event] != nil { fates[event] = (fate, time) }
    }

    private mutating func takeProcess(_ record: LogRecord) {
        if openProcesses.isEmpty { return }
        guard let message = try? Message<RegistrationEvent>(decoding: record.value),
            case .rejected = message.body.kind
        else { return }
        let process = Fingerprint(message.body.process)
        if openProcesses.remove(process) != nil { rejectedProcesses.insert(process) }
    }

    /// Whoever names another value than the one that the id is made of loses nothing: it is a mistake.
    private mutating func takeCommand(_ record: LogRecord, _ key: [UInt8]) {
        guard derived[Fingerprint(key)] != nil, let customerID = CustomerID.read(key),
            case .command(let command) = reader.read(
                record, from: .customerCommands, customerID: customerID,
                firstPlace: FirstPlace.of(record, in: .customerCommands)),
            case .success(.command(.register(let values, _))) = command.content, let first = firstKey(of: values),
            !NameID.customer(of: first).description.isExactly(customerID)
        else { return }
        strays.insert(Fingerprint(command.key.description))
    }

    /// The conflicts, the newest last.
    public func conflicts() -> [Conflict] {
        var found: [(conflict: Conflict, partition: Int32, offset: Int64)] = []
        for loss in losses {
            guard let ending = ending(of: loss) else { continue }
            found.append(
                (
                    Conflict(
                        time: loss.time, key: loss.tag, loser: loss.loser, holder: loss.holder,
                        strategy: loss.strategy,
                        command: nil, ending: ending), loss.partition, loss.offset
                ))
        }
        for candidate in verdicts.candidates where !strays.contains(candidate.key) {
            guard case .some(.some(let tag)) = derived[Fingerprint(candidate.customer)] else { continue }
            found.append(
                (
                    Conflict(
                        time: candidate.time, key: tag, loser: candidate.customer, holder: candidate.customer,
                        strategy: .derived, command: candidate.command, ending: .rejected), candidate.partition,
                    candidate.offset
                ))
        }
        found.sort { left, right in
            (left.conflict.time, left.partition, left.offset) < (right.conflict.time, right.partition, right.offset)
        }
        let conflicts = found.map(\.conflict)
        return verdicts.limit.map { conflicts.suffix($0) } ?? conflicts
    }

    /// Nil when the loser has the values after all.
    private func ending(of loss: Loss) -> Conflict.Ending? {
        if loss.strategy == .reserve {
            return loss.process.map(rejectedProcesses.contains) ?? false ? .rejected : .open
        }
        let event = EventName(customer: Fingerprint(loss.loser), version: loss.version)
        guard let fate = fates[event] else { return .open }
        switch fate.fate {
        case .won: return nil
        case .changeRejected: return .changeRejected
        case .unregistered: return .unregistered(window: window(of: loss, event, until: fate.time))
        case .left: return .left(window: window(of: loss, event, until: fate.time))
        }
    }

    /// A change does not give values to its customer before the verdict: there is no window.
    private func window(of loss: Loss, _ event: EventName, until end: Timestamp) -> Duration? {
        guard loss.strategy == .compensate, case .some(.some(let registered)) = losersEvents[event] else { return nil }
        var begin = registered
        if let holder = loss.holder {
            let times = holdersWishes[Wish(customer: Fingerprint(holder), key: loss.key)] ?? []
            // Clocks differ between machines: the holder's wish may seem to be later than the verdict on it.
            if let wished = times.last(where: { $0 <= loss.time }) ?? times.first { begin = max(begin, wished) }
        }
        return .microseconds(max(end.microseconds - begin.microseconds, 0))
    }
}
