internal import Auditing
package import EventLog
package import Messages

/// At the end: nothing is missing.
extension Checker {
    /// Whether all is done that was asked: by the plain count of what is missing, and by the product's auditor.
    /// - Parameters:
    ///   - groupOffsets: the next offset that each group takes, by the topic's full name.
    ///   - audits: whether the auditor is asked. It doubles the time that checking a run takes.
    /// - Returns: what is broken or missing, our own findings first. Empty when all is well.
    package func atRest(groupOffsets: [ConsumerGroup: [TopicPartition: Int64]], audits: Bool = true) -> [Violation] {
        var found: [Violation] = []
        checkAnswered(&found)
        checkStrays(&found)
        checkLives(&found)
        checkDefeats(&found)
        for wish in wishes where !wish.isDone && wish.ruling != .nothing {
            found.append(Violation(.u2, "a wish to the index was neither answered nor sent on", [wish.place]))
        }
        for process in processes where process.end == nil {
            found.append(Violation(.u6, "\(texts[process.name]) is still open", [process.place]))
        }
        guard audits else { return found }
        let report = audit(groupOffsets: groupOffsets)
        for row in report.rows where soleInvariant == nil || soleInvariant == row.invariant {
            for violation in row.violations {
                found.append(Violation(row.invariant, "auditor: \(violation.what)", violation.places))
            }
        }
        for reason in report.restReasons { found.append(Violation(invariant: "rest", detail: reason, records: [])) }
        return found
    }

    /// Each record of a command has one distinct outcome; each request has a process that ended.
    private func checkAnswered(_ found: inout [Violation]) {
        for command in commands {
            func tell(_ what: String, _ appearance: Command.Appearance) {
                let spot = Spot(
                    topic: command.name.topic, partition: appearance.partition, offset: appearance.offset)
                found.append(Violation(.u4, what, [place(spot)]))
            }
            switch command.name.topic {
            case .customerCommands:
                // In at-least-once the record that the first outcome answers is known by what counts: count them all.
                let outcomes = command.appearances.reduce(0) { $0 + $1.outcomes }
                if outcomes != command.appearances.count || command.first == nil {
                    tell("a command has \(outcomes) outcomes", command.appearances[0])
                }
            case .registrationRequests:
                let process = processNumbers[command.key].map { processes[$0] }
                if process?.end == nil { tell("a request has no outcome", command.appearances[0]) }
            default: break
            }
        }
    }

    private func checkStrays(_ found: inout [Violation]) {
        for stray in strays {
            if stray.isMovable {
                if moved.contains(stray.spot) { continue }
                found.append(Violation(.u4, "a record was not moved to its partition", [place(stray.spot)]))
            } else if stray.deadLetters == 0 {
                found.append(Violation(.u4, "a record is lost: it is not a dead letter", [place(stray.spot)]))
            }
        }
    }

    private func checkLives(_ found: inout [Violation]) {
        var active: [Int: Int] = [:]
        for customer in customers {
            guard let life = lives[customer], life.isActive else { continue }
            let here = life.places.suffix(1)
            if life.status != .confirmed {
                found.append(Violation(.u6, "\(texts[customer]) still waits for a verdict", Array(here)))
            }
            for key in life.values.keys.map({ texts.number($0.text) }) {
                if let other = active[key] {
                    found.append(Violation(.u1, "\(texts[customer]) and \(texts[other]) have one key", Array(here)))
                }
                active[key] = customer
                let holding = holdings[key] ?? Holding()
                if holding.status != .claimed || holding.customer != customer {
                    found.append(Violation(.u6, "\(texts[customer]) does not hold all its keys", Array(here)))
                }
            }
        }
        for (number, wish) in wishes.enumerated() {
            let holding = holdings[wish.key] ?? Holding()
            if holding.status == .free || holding.since != number { continue }
            if active[wish.key] != wish.customer {
                found.append(Violation(.u6, "a key is held by nobody's customer", [wish.place]))
            }
        }
    }
}
