internal import Messages

// What a process writes down and sends. Everything is named after the process, so that what is decided twice has the
// same name twice.
extension RegistrationProcess.Signal {
    typealias Process = RegistrationProcess

    func started(_ strategy: Strategy, _ document: String, name: String? = nil, version: Int64? = nil)
        -> Process.Event
    {
        event("started", .started(strategy: strategy, document: document, name: name, version: version))
    }

    func confirmation(_ purpose: ClaimPurpose, _ document: String, _ version: Int64) -> Process.Event {
        switch purpose {
        case .registration: command(.confirm, .confirm, document, version)
        case .change: command(.confirmChange, .confirmChange, document, version)
        }
    }

    func refusal(_ purpose: ClaimPurpose, _ document: String, _ version: Int64, _ heldBy: String?) -> Process.Event {
        switch purpose {
        case .registration: command(.unregister, .compensate(heldBy: heldBy), document, version)
        case .change: command(.rejectChange, .rejectChange(heldBy: heldBy), document, version)
        }
    }

    /// The request's reservation has the name of its process.
    func reservation(_ wish: Process.Wish) -> Process.Event { claim(.reserve, .reserve, wish) }

    func release(_ wish: Process.Wish) -> Process.Event { claim(.release, .release, wish) }

    func registration(_ wish: Process.Wish) -> Process.Event {
        command(.register, .register(name: wish.name, reservation: process), wish.document, nil)
    }

    func rejected(_ code: RejectionCode, heldBy: String? = nil) -> Process.Event {
        event("rejected", .rejected(code: code.rawValue, heldBy: heldBy))
    }

    private func claim(_ step: Process.Step, _ kind: DocumentClaim.Kind, _ wish: Process.Wish) -> Process.Event {
        let reference = DocumentReference(document: wish.document, customerID: customerID, reservation: process)
        return issued(step, .documentClaims, attempt: 1, encoded(step, DocumentClaim(kind, reference)))
    }

    private func command(
        _ step: Process.Step, _ kind: ProcessCommand.Kind, _ document: String, _ version: Int64?
    ) -> Process.Event {
        let body = ProcessCommand(kind, customerID: customerID, document: document, version: version)
        return issued(step, .processCommands, attempt: 1, encoded(step, body))
    }

    private func encoded(_ step: Process.Step, _ body: some MessageBody) -> [UInt8] {
        Message(
            cause.causing(id: "\(process)/\(step.rawValue)", source: Source.processManager, time: now), body
        ).encoded()
    }

    func issued(_ step: Process.Step, _ topic: Topic, attempt: Int64, _ command: [UInt8]) -> Process.Event {
        event(
            "\(step.rawValue)/issued/\(attempt)", .commandIssued(topic: topic, attempt: attempt, command: command))
    }

    func event(_ name: String, _ kind: RegistrationEvent.Kind) -> Process.Event {
        Message(
            cause.causing(id: "\(process)/\(name)", source: Source.processManager, time: now),
            RegistrationEvent(process: process, customerID: customerID, kind: kind))
    }
}
