import Auditing
import EventLog
import Messages
import Processing
import Testing

/// U1 to U6 of the contract, checked on what the log tells, without any code of the services.
enum Invariants {
    static func check(
        _ world: World, physically: Bool, tolerates: Set<AuditReport.Invariant> = [], _ comment: Comment
    ) {
        var streams: [String: [CustomerEvent]] = [:]
        var seen: Set<String> = []
        for message in world.log.messages(.customerEvents, CustomerEvent.self) {
            if !seen.insert(message.metadata.id).inserted {
                #expect(!physically, comment)
                continue
            }
            streams[message.body.customerID, default: []].append(message.body)
        }
        var holders: [String: [String]] = [:]
        for customer in streams.keys.sorted() {
            let events = streams[customer] ?? []
            #expect(events.map(\.version) == Array(1...Int64(events.count)), comment)
            guard let last = events.last else { continue }
            switch last.kind {
            case .registered(_, .pending, _): Issue.record("\(customer) is pending; \(comment)")
            case .registered(_, .confirmed, _), .confirmed, .changed, .changeRejected:
                for key in last.values.keys { holders[key.text, default: []].append(customer) }
            case .changeStarted: Issue.record("\(customer) waits for a change; \(comment)")
            case .unregistered: break
            }
            let ends = events.filter { if case .unregistered = $0.kind { true } else { false } }
            #expect(ends.count <= 1, comment)
            // Whoever was confirmed is never compensated.
            let wasConfirmed = events.contains {
                if case .registered(_, .confirmed, _) = $0.kind { true } else { $0.kind == .confirmed }
            }
            let wasCompensated = events.contains {
                if case .unregistered(.duplicate, _, _, _) = $0.kind { true } else { false }
            }
            #expect(!(wasConfirmed && wasCompensated), comment)
        }
        for key in holders.keys.sorted() { #expect(holders[key]?.count == 1, comment) }

        #expect(world.index.mapValues(\.customerID) == holders.compactMapValues(\.first), comment)
        #expect(world.index.values.allSatisfy { $0.status == .claimed }, comment)
        processes(world, comment)
        audit(world, tolerates: tolerates, comment)
        outcomes(world, physically, comment)
    }

    /// Each process has ended, once, and each request has one.
    private static func processes(_ world: World, _ comment: Comment) {
        var ends: [String: Set<String>] = [:]
        for message in world.log.messages(.registrationEvents, RegistrationEvent.self) {
            switch message.body.kind {
            case .completed, .compensated, .rejected:
                ends[message.body.process, default: []].insert(message.metadata.id)
            case .started, .commandIssued, .escalated: ends[message.body.process, default: []].formUnion([])
            }
        }
        for process in ends.keys.sorted() { #expect(ends[process]?.count == 1, "\(process); \(comment)") }
        let reader = CommandReader(world.declaration)
        for record in world.log.records(.registrationRequests) {
            guard let customer = CustomerID.read(record.key),
                case .command(let request) = reader.read(
                    record, from: .registrationRequests, customerID: customer,
                    firstPlace: FirstPlace.of(record, in: .registrationRequests)),
                world.isPlaced(record)
            else { continue }
            #expect(ends[request.key.description] != nil, comment)
        }
    }

    /// Each command has one first outcome, each repeat its own, and each accepted event stands in one first outcome.
    private static func outcomes(_ world: World, _ physically: Bool, _ comment: Comment) {
        var commands: [DeduplicationKey: Int] = [:]
        let reader = CommandReader(world.declaration)
        for record in world.log.records(.customerCommands) {
            guard let customer = CustomerID.read(record.key),
                case .command(let command) = reader.read(
                    record, from: .customerCommands, customerID: customer,
                    firstPlace: FirstPlace.of(record, in: .customerCommands)),
                world.isPlaced(record)
            else { continue }
            commands[command.key, default: 0] += 1
        }
        let all = world.outcomes
        if physically { #expect(world.log.records(.commandOutcomes).count == all.count, comment) }
        var accepted: Set<String> = []
        for (key, count) in commands {
            let answers = all.filter { $0.metadata.id.hasPrefix("\(key)/outcome") }
            let first = answers.filter { $0.metadata.id == "\(key)/outcome" }
            #expect(first.count == 1, comment)
            #expect(answers.count == count, comment)
            if case .accepted(let events)? = first.first?.body.result {
                for event in events { #expect(accepted.insert(event).inserted, comment) }
            }
        }
        let asked = world.log.messages(.customerEvents, CustomerEvent.self).filter {
            switch $0.body.kind {
            case .registered(_, .confirmed, _), .confirmed, .unregistered(.duplicate, _, _, _),
                .changed, .changeRejected:
                false
            case .registered(_, .pending, _), .unregistered, .changeStarted: true
            }
        }
        #expect(Set(asked.map(\.metadata.id)) == accepted, comment)
    }
}
