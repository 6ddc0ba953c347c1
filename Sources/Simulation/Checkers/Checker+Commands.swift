internal import Auditing
internal import EventLog
internal import Messages

extension Checker {
    /// How events and outcomes name the command that they follow from.
    struct CommandName: Hashable {
        var topic: Topic
        var customer: Int
        var message: Identity
    }

    /// A command or request, with all records that carry it.
    struct Command {
        struct Appearance {
            var partition: Int32
            var offset: Int64
            var hash: String?
            /// Why it must be refused, whatever the state.
            var refusal: RejectionCode?
            /// How many distinct outcomes answer this record.
            var outcomes = 0
        }
        struct Told {
            var result: Outcome.Result
            var hash: String?
            var place: AuditReport.Place
        }
        var name: CommandName
        var key: Int
        /// In the order of the log. Misrouted records are not among them.
        var appearances: [Appearance]
        /// The first outcome.
        var first: Told?
    }

    /// A record that belongs elsewhere.
    struct Stray {
        var spot: Spot
        /// Whether it can be moved to where it belongs; else it is a dead letter.
        var isMovable: Bool
        var deadLetters = 0
    }
}

/// Commands and what they were told: U4.
extension Checker {
    func command(ofKey key: String) -> Command? {
        texts.known(key).flatMap { commandNumbers[$0] }.map { commands[$0] }
    }

    func takeCommand(_ record: LogRecord, _ topic: Topic) throws(Violation) { _ = read(record, topic) }

    /// Sorts a record: to be answered here, to be moved, or to be put aside.
    private func read(_ record: LogRecord, _ topic: Topic) -> ReceivedCommand? {
        let spot = Spot(topic: topic, partition: record.partition, offset: record.offset)
        guard let customerID = CustomerID.read(record.key) else {
            add(Stray(spot: spot, isMovable: false))
            return nil
        }
        guard isPlaced(record) else {
            add(Stray(spot: spot, isMovable: record.size <= Self.movableSize))
            return nil
        }
        let origin = origin(of: record, topic)
        if let origin { note(moved: origin) }
        let first = origin ?? spot
        let firstPlace = "\(topic.rawValue)/\(first.partition)/\(first.offset)"
        switch reader.read(record, from: topic, customerID: customerID, firstPlace: firstPlace) {
        case .unreadable:
            add(Stray(spot: spot, isMovable: false))
            return nil
        case .command(let command):
            add(command, record, topic)
            return command
        }
    }

    /// What is larger might not fit its topic where it belongs, with the header that names its first place.
    private static let movableSize = 524_288

    private func note(moved origin: Spot) {
        if moved.insert(origin).inserted { sightings.note(.reroute) }
    }

    private func add(_ stray: Stray) {
        strayNumbers[stray.spot] = strays.count
        strays.append(stray)
    }

    private func add(_ command: ReceivedCommand, _ record: LogRecord, _ topic: Topic) {
        var refusal: RejectionCode?
        if case .failure(let reason) = command.content { refusal = reason.code }
        if refusal == .notAllowed { sightings.note(.notAllowed) }
        let appearance = Command.Appearance(
            partition: record.partition, offset: record.offset, hash: command.hashText, refusal: refusal)
        let key = texts.number(command.key.description)
        if let number = commandNumbers[key] {
            commands[number].appearances.append(appearance)
            return
        }
        let name = CommandName(
            topic: topic, customer: texts.number(command.customerID), message: identity(command.source, command.id))
        commandNumbers[key] = commands.count
        commandNames[name] = commands.count
        commands.append(Command(name: name, key: key, appearances: [appearance]))
    }

    /// The first place that a moved record names; nil for one that names none of its own topic.
    private func origin(of record: LogRecord, _ topic: Topic) -> Spot? {
        guard let parts = record.header("origin")?.split(separator: "/", omittingEmptySubsequences: false),
            parts.count == 3, parts[0] == topic.rawValue, let partition = Int32(parts[1]), partition >= 0,
            let offset = Int64(parts[2]), offset >= 0
        else { return nil }
        return Spot(topic: topic, partition: partition, offset: offset)
    }

    // MARK: Of the process manager

    /// A verdict that is sent agrees with the index, whose log had the claim before anybody could send it.
    func takeProcessCommand(_ record: LogRecord) throws(Violation) {
        guard let command = read(record, .processCommands) else {
            throw Violation(.u4, "a process command can't be taken", [place(record)])
        }
        let here = place(record)
        guard case .success(.command(let action)) = command.content, command.source == Source.processManager else {
            throw Violation(.u4, "\(command.id) is not a command of a process", [here])
        }
        let step: (suffix: String, version: Int64)
        let expected: SlipEnd
        switch action {
        case .confirm(let version): (step, expected) = (("/confirm", version), .won)
        case .confirmChange(let version): (step, expected) = (("/confirm-change", version), .won)
        case .compensate(let loss, let version): (step, expected) = (("/unregister", version), .lost(loss))
        case .rejectChange(let loss, let version): (step, expected) = (("/reject-change", version), .lost(loss))
        case .registerReserved(let values, _, let reservation):
            try checkRegistration(command, values, reservation, here)
            return
        case .register, .change, .unregister:
            throw Violation(.u4, "\(command.id) is a client's command", [here])
        }
        let event = CustomerEvent.id(customerID: command.customerID, version: step.version)
        if !command.id.isExactly(event + step.suffix) {
            throw Violation(.u4, "\(command.id) is not named after what it answers", [here])
        }
        let wish = wish(Source.projection, event + "/claim")
        if wish != nil, end(ofSlip: Source.projection, event + "/claim") == expected { return }
        // Where values are given up alone, no key is asked for.
        if wish == nil, expected == .won,
            case .changeStarted(let wanted)? = self.event(step.version, of: texts.number(command.customerID))?.kind,
            wanted.wanted.isEmpty
        {
            return
        }
        throw Violation(
            .u3, "\(command.id) tells another verdict than the index", [here] + (wish.map { [$0.place] } ?? []))
    }

    private func checkRegistration(
        _ command: ReceivedCommand, _ values: UniqueValues, _ reservation: String, _ here: AuditReport.Place
    ) throws(Violation) {
        let wish = wish(Source.processManager, reservation + "/reserve")
        if let wish, case .claim(let claim) = wish.body, claim.keys == values.keys,
            end(ofSlip: Source.processManager, reservation + "/reserve") == .won,
            command.customerID.isExactly(texts[wish.customer]), command.id.isExactly(reservation + "/register")
        {
            return
        }
        throw Violation(
            .u2, "\(command.id) registers a customer whose reservation was not won",
            [here] + (wish.map { [$0.place] } ?? []))
    }

    // MARK: Dead letters

    func takeDeadLetter(_ record: LogRecord) throws(Violation) {
        sightings.note(record.header(DeadLetterHeader.truncated) == nil ? .deadLetter : .deadLetterCut)
        let here = place(record)
        guard let topic = record.header(DeadLetterHeader.topic).flatMap({ Topic(rawValue: $0) }),
            let partition = record.header(DeadLetterHeader.partition).flatMap({ Int32($0) }),
            let offset = record.header(DeadLetterHeader.offset).flatMap({ Int64($0) })
        else { throw Violation(.u4, "a dead letter does not say where it comes from", [here]) }
        let spot = Spot(topic: topic, partition: partition, offset: offset)
        guard let number = strayNumbers[spot], !strays[number].isMovable else {
            throw Violation(.u4, "a record was put aside that could be taken", [here, place(spot)])
        }
        if strays[number].deadLetters > 0, isExactlyOnce, !toleratesRepeats {
            throw Violation(.u4, "a record was put aside twice", [here, place(spot)])
        }
        strays[number].deadLetters += 1
    }
}

extension LogRecord {
    /// The text of the first header of this name; nil where there is none.
    func header(_ name: String) -> String? {
        for header in headers where header.name == name {
            return header.value.flatMap { String(validating: $0, as: UTF8.self) }
        }
        return nil
    }
}
