internal import Messages

/// U5: the streams by themselves.
extension Judge {
    mutating func checkStreams() {
        for (index, event) in facts.events.enumerated() where !event.record.flaws.isEmpty {
            // A void event has some cause or other.
            let flaws = streams.counts[index] ? event.record.flaws : event.record.flaws.subtracting(.cause)
            if flaws.isEmpty { continue }
            findings.add(
                .u5, .always, "event \(id(of: event)) \(flaws.text)", [customer(event.customer)],
                [place(event: Int32(index))])
        }
        for (index, fault) in streams.faults {
            let event = facts.events[Int(index)]
            let what =
                switch fault {
                case .gap(let last): "event \(id(of: event)) follows version \(last): a gap"
                case .outOfOrder(let last): "event \(id(of: event)) comes after version \(last)"
                case .afterTheEnd: "event \(id(of: event)) comes after the unregistration"
                case .succession: "event \(id(of: event)) can't follow what is there"
                case .values: "event \(id(of: event)) names values that its customer does not have or want"
                case .reuse: "event \(id(of: event)) lets values rest that its customer was never confirmed with"
                }
            findings.add(.u5, .always, what, [customer(event.customer)], [place(event: index)])
        }
        checkDerivedIDs()
        let streamCount = streams.lives.indices.count { !streams.byCustomer[$0].isEmpty }
        findings.examined(.u5, streams.counts.count { $0 }, "events of \(grouped(streamCount)) customers")
        findings.note(.u5, streams.repeats, "equal repeats of events, dropped")
        findings.note(
            .u5, streams.void.count,
            "void events: the first with the id counts"
                + Self.examples(streams.void.map { place(event: $0) }.sorted()))
    }

    /// Whose id is made of its first value keeps that: else the next who registers it would not meet this stream. And it
    /// has no further value that could be lost: the stream would be finished, and with it the id.
    private mutating func checkDerivedIDs() {
        for (number, event) in facts.events.enumerated() where streams.counts[number] {
            let isRegistration = event.kind == .registeredPending && facts.keys[event.values].count > 1
            guard isRegistration || event.kind == .changeStarted, let first = facts.order.first else { continue }
            let customer = customer(event.customer)
            guard let name = NameID(customer), customer == name.description,
                let key = facts.keys[event.values].first(where: { facts.keys.attribute(of: $0) == first }),
                name == NameID(name: facts.keys.text(key)),
                isRegistration || facts.keys[event.others].contains(where: { facts.keys.attribute(of: $0) == first })
            else { continue }
            findings.add(
                .u5, .always,
                isRegistration
                    ? "event \(id(of: event)) registers a derived customer with values that it can lose"
                    : "event \(id(of: event)) changes the value that its customer's id is made of",
                [customer], [place(event: Int32(number))])
        }
    }

    func id(of event: StreamFact) -> String {
        CustomerEvent.id(customerID: customer(event.customer), version: event.version)
    }

    /// Where the first few of them lie.
    static func examples(_ places: [AuditReport.Place]) -> String {
        if places.isEmpty { return "" }
        return ", e.g. at " + places.prefix(3).map(\.description).joined(separator: ", ")
    }
}
