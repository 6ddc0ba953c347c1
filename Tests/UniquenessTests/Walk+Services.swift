import Customers
import Messages
import Uniqueness

// What the services do with a record, each with the kernel that the walk was given.
extension Walk {
    // MARK: The command service

    @discardableResult
    mutating func decide(_ action: CustomerCommand, of customer: String, _ id: String) -> RejectionCode? {
        if let outcome = outcomes[id] { return outcome }
        var state = streams[customer] ?? Customer.initialState
        do throws(RejectionCode) {
            for event in try Customer.decide(.init(customer, action, by: declaration, at: now), in: state) {
                Customer.evolve(&state, event)
                push(.event(event), .projection, customer)
                push(.event(event), .managerEvents, customer)
            }
            streams[customer] = state
            outcomes[id] = .some(nil)
            judgeConfirmed(customer)
            return nil
        } catch {
            outcomes[id] = error
            return error
        }
    }

    mutating func decide(_ message: Message<ProcessCommand>, of customer: String) {
        let action: CustomerCommand
        switch message.body.kind {
        case .confirm(let version): action = .confirm(version: version)
        case .compensate(let loss, let version): action = .compensate(loss, version: version)
        case .confirmChange(let version): action = .confirmChange(version: version)
        case .rejectChange(let loss, let version): action = .rejectChange(loss, version: version)
        case .register(let values, let name, let reservation):
            action = .registerReserved(values, name: name, reservation: reservation)
        }
        let id = message.metadata.id
        guard let code = decide(action, of: customer, id), let end = id.lastIndex(of: "/") else { return }
        push(.refusal(code, process: String(id[..<end])), .managerOutcomes, customer)
    }

    // MARK: The projection

    mutating func project(_ event: CustomerEvent) {
        guard event.version == (versions[event.customerID] ?? 0) + 1 else { return }
        versions[event.customerID] = event.version
        for release in event.meaning.releases {
            former[event.customerID, default: [:]][release.body.key.attribute] = release.body.key.value
        }
        for (suffix, wish) in event.meaning.wishes {
            switch wish {
            case .claim(let claim): begin(claim, event.id, "\(event.id)/\(suffix)")
            case .release: push(.wish(wish, id: "\(event.id)/\(suffix)", time: now), .index, wish.key.text)
            }
        }
    }

    private mutating func begin(_ claim: KeyClaim, _ attempt: String, _ id: String) {
        // What the process manager sends again is the same attempt.
        if attempts[attempt] == nil { attempts[attempt] = Attempt(claim: claim, open: kernel.slips(claim).count) }
        for (number, slip) in kernel.slips(claim).enumerated() {
            push(
                .wish(.claim(slip), id: number == 0 ? id : "\(id)+\(number)", time: now), .index, slip.key.text)
        }
    }

    private static func attempt(_ claim: KeyClaim) -> String {
        switch claim.ground {
        case .event(let version, _, _): Process.name(customerID: claim.customerID, version: version)
        case .reservation(let name): name
        }
    }

    mutating func rule(on wish: KeyWish, _ id: String, at time: Timestamp) {
        guard seen.insert(id).inserted else { return }
        let key = wish.key
        let holder = holders[key] ?? .free
        let last = released[key]?[wish.customerID] ?? 0
        let ruling = kernel.rule(wish, time, holder, last)
        holders[key] = ruling.holder
        released[key, default: [:]][wish.customerID] = ruling.released
        count(wish, ruling, holder)
        guard case .claim(let claim) = wish else { return }
        let name = Self.attempt(claim)
        guard var attempt = attempts[name] else { return }
        if ruling.answer == .granted, let next = kernel.next(claim) {
            push(.wish(.claim(next), id: "\(id)/\(next.at)", time: now), .index, next.key.text)
            return
        }
        if case .rejected(let heldBy) = ruling.answer, attempt.loss == nil {
            attempt.loss = Loss(attribute: key.attribute, heldBy: heldBy)
            attempt.lostTo = Self.attempt(of: holder)
            if heldBy != Self.customer(holding: holder) {
                violations.append(Violation(.u9, "\(name) lost \(key.text) to \(heldBy ?? "nobody"), who had it not"))
            }
        }
        attempt.open -= 1
        if attempt.open == 0 {
            attempt.isOver = true
            if attempt.loss == nil { events.wins += 1 } else { events.losses += 1 }
            push(
                .verdict(KeyVerdict(on: attempt.claim, loss: attempt.loss)), .managerVerdicts, claim.customerID)
        }
        attempts[name] = attempt
    }

    private static func attempt(of holder: KeyIndex.Holder) -> String? {
        switch holder {
        case .claimed(let customer, let version): Process.name(customerID: customer, version: version)
        case .reserved(_, let name): name
        case .free, .resting: nil
        }
    }

    static func customer(holding holder: KeyIndex.Holder) -> String? {
        switch holder {
        case .claimed(let customer, _), .reserved(let customer, _): customer
        case .free, .resting: nil
        }
    }

    private mutating func count(_ wish: KeyWish, _ ruling: KeyIndex.Ruling, _ before: KeyIndex.Holder) {
        switch (wish, before, ruling.answer) {
        case (.claim(let claim), _, .granted) where (claim.ground.version ?? .max) < ruling.released:
            events.voidClaims += 1
        case (.claim(let claim), _, .rejected) where claim.isReservation && claim.at > 1:
            events.halfFailedReservations += 1
        case (.release(let release), .claimed(let customer, _), .nothing) where customer == release.customerID:
            if case .version = release.ground { events.overtakenReleases += 1 }
        default: break
        }
        if case .resting = ruling.holder, ruling.answer == .rejected(heldBy: nil) { events.rests += 1 }
    }

    // MARK: The process manager

    mutating func follow(_ event: CustomerEvent) {
        let meaning = event.meaning
        let customer = meaning.customerID
        let (version, since) = followed[customer] ?? (0, 0)
        guard meaning.version == version + 1 else { return }
        followed[customer] = (meaning.version, since)
        switch meaning.step {
        case .began(let purpose, let values):
            followed[customer] = (meaning.version, meaning.version)
            signal(event.id, customer, .wanted(purpose, values, version: meaning.version))
        case .ended(let end):
            followed[customer] = (meaning.version, 0)
            if case .settled = end, event.type == "CustomerChanged" { events.changes += 1 }
            if since > 0 { signal(Process.name(customerID: customer, version: since), customer, .ended(end)) }
        case .registered(let reservation): signal(reservation, customer, .ended(.settled))
        case .nothing: break
        }
    }

    mutating func hear(_ verdict: KeyVerdict) {
        let kept = UniqueValues(verdict.keys)
        switch verdict.ground {
        case .reservation(let name):
            signal(name, verdict.customerID, verdict.loss.map { .reservationRejected($0) } ?? .reserved)
        case .event(let version, let purpose, nil):
            signal(
                Process.name(customerID: verdict.customerID, version: version), verdict.customerID,
                verdict.loss.map { .lost(purpose, kept, version: version, $0) } ?? .won(purpose, kept, version: version)
            )
        case .event(_, _, _?): break
        }
    }

    /// A request's process is named with its customer; the others are named after one of its events.
    static func customer(of process: String) -> String {
        let end = process.firstIndex(of: ":").map { process[process.index(after: $0)...] }
        return String(end ?? process.prefix { $0 != "@" })
    }

    mutating func signal(_ process: String, _ customer: String, _ kind: Process.Signal.Kind) {
        let cause = Metadata(
            id: "cause", source: "/walk", time: now, correlationID: "cause", causationID: nil, causationSource: nil)
        var state = processes[process] ?? Process.initialState
        let signal = Process.Signal(process: process, customerID: customer, kind: kind, cause: cause, now: now)
        for event in kernel.react(signal, state) {
            Process.evolve(&state, event)
            guard case .commandIssued(let topic, _, let bytes) = event.body.kind else { continue }
            if topic == .processCommands, let message = try? Message<ProcessCommand>(decoding: bytes) {
                push(.command(message), .processCommands, customer)
            } else if let message = try? Message<KeyWish>(decoding: bytes) {
                switch message.body {
                case .claim(let claim): begin(claim, process, message.metadata.id)
                case .release(let release):
                    push(
                        .wish(message.body, id: message.metadata.id, time: message.metadata.time), .index,
                        release.key.text)
                }
            } else {
                preconditionFailure("what was issued can't be read")
            }
        }
        processes[process] = state
    }
}
