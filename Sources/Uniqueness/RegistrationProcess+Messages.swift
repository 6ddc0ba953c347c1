internal import Messages

// What a process writes down and sends. Everything is named after the process, so that what is decided twice has the
// same name twice.
extension RegistrationProcess.Signal {
    typealias Process = RegistrationProcess

    func started(_ strategy: Strategy, _ values: ValueChanges, name: String? = nil, version: Int64? = nil)
        -> Process.Event
    {
        event("started", .started(strategy: strategy, values: values, name: name, version: version))
    }

    func confirmation(_ purpose: ClaimPurpose, _ version: Int64) -> Process.Event {
        switch purpose {
        case .registration: command(.confirm, .confirm(version: version))
        case .change: command(.confirmChange, .confirmChange(version: version))
        }
    }

    func compensation(_ purpose: ClaimPurpose, _ version: Int64, _ loss: Loss) -> Process.Event {
        switch purpose {
        case .registration: command(.unregister, .compensate(loss, version: version))
        case .change: command(.rejectChange, .rejectChange(loss, version: version))
        }
    }

    /// The request's reservation has the name of its process.
    /// - Returns: nil where there is no value to reserve.
    func reservation(_ wish: Process.Wish) -> Process.Event? {
        KeyClaim(customerID: customerID, keys: wish.values.keys, ground: .reservation(process)).map { claim in
            let step = Process.Step.reserve.rawValue
            return issued(step, .uniqueClaims, attempt: 1, encoded(step, KeyWish.claim(claim)))
        }
    }

    /// Gives back all that may be reserved, each key by itself.
    /// - Parameter issued: what stands in the book already.
    func releases(_ wish: Process.Wish, but issued: [Process.Release] = []) -> [Process.Event] {
        wish.values.keys.filter { key in !issued.contains { $0.attribute == key.attribute } }.map { key in
            let step = "release/\(key.attribute)"
            let release = KeyRelease(customerID: customerID, key: key, ground: .reservation(process))
            return self.issued(step, .uniqueClaims, attempt: 1, encoded(step, KeyWish.release(release)))
        }
    }

    func registration(_ wish: Process.Wish) -> Process.Event {
        command(.register, .register(wish.values, name: wish.name, reservation: process))
    }

    func rejected(_ code: RejectionCode, _ loss: Loss? = nil) -> Process.Event {
        event("rejected", .rejected(code: code.rawValue, loss))
    }

    private func command(_ step: Process.Step, _ kind: ProcessCommand.Kind) -> Process.Event {
        issued(
            step.rawValue, .processCommands, attempt: 1,
            encoded(step.rawValue, ProcessCommand(kind, customerID: customerID)))
    }

    private func encoded(_ step: String, _ body: some MessageBody) -> [UInt8] {
        Message(cause.causing(id: "\(process)/\(step)", source: Source.processManager, time: now), body).encoded()
    }

    func issued(_ step: String, _ topic: Topic, attempt: Int64, _ command: [UInt8]) -> Process.Event {
        event("\(step)/issued/\(attempt)", .commandIssued(topic: topic, attempt: attempt, command: command))
    }

    func event(_ name: String, _ kind: RegistrationEvent.Kind) -> Process.Event {
        Message(
            cause.causing(id: "\(process)/\(name)", source: Source.processManager, time: now),
            RegistrationEvent(process: process, customerID: customerID, kind: kind))
    }
}
