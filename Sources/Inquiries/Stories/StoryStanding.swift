internal import Customers
internal import Messages
internal import Uniqueness

/// How things stand by the end of a story, in one sentence.
struct StoryStanding: Sendable {
    /// A customer by its events, each taken once and in the order of their versions.
    private struct Standing {
        var state = Customer.initialState
        var last: (event: CustomerEvent, time: Timestamp?)?
        var events: [(event: CustomerEvent, time: Timestamp?)] = []
        var refusal: Refusal?
        var escalation: String?
        var refusedRegistrations = 0
    }

    /// The last refusal of a command or request.
    private struct Refusal {
        var asked: String
        var code: String
        var loss: Loss?
        var time: Timestamp?
    }

    private let subject: Story.Subject
    private let tales: [[UInt8]: IndexTale]
    private let display: ValueDisplay
    /// By the bytes of the customer's id: two spellings of a character make two customers.
    private var standings: [[UInt8]: Standing] = [:]
    /// In the order in which they come up.
    private var customers: [String] = []
    /// Most customers that a sentence tells about, besides the holder.
    private static let mostCustomers = 6

    /// - Parameter entries: first occurrences, in the order of their places.
    init(_ entries: [StoryEntry], _ tales: [[UInt8]: IndexTale], of subject: Story.Subject, display: ValueDisplay) {
        self.subject = subject
        self.tales = tales
        self.display = display
        for entry in entries where !entry.customerID.isEmpty { take(entry) }
    }

    private mutating func take(_ entry: StoryEntry) {
        let key = Array(entry.customerID.utf8)
        if standings[key] == nil { customers.append(entry.customerID) }
        var standing = standings[key] ?? Standing()
        switch entry.fact {
        case .event(let event):
            if event.version == standing.state.version + 1 {
                Customer.evolve(&standing.state, event)
                standing.events.append((event, entry.time))
                standing.last = (event, entry.time)
            }
        case .outcome(.rejected(let code, _)):
            standing.refusal = Refusal(asked: "its last command was refused", code: code.rawValue, time: entry.time)
            if code == .alreadyRegistered, entry.topic == .commandOutcomes { standing.refusedRegistrations += 1 }
        case .process(.rejected(let code, let loss)):
            standing.refusal = Refusal(
                asked: "its request was rejected", code: code, loss: loss, time: entry.time)
            standing.escalation = nil
        case .process(.escalated(let reason)): standing.escalation = reason
        case .process(.completed), .process(.compensated): standing.escalation = nil
        case .process(.started), .process(.commandIssued), .outcome(.accepted), .other: break
        }
        standings[key] = standing
    }

    var sentence: String {
        switch subject {
        case .customer(let id): customerSentence(id)
        case .key(let key): keySentence(key)
        }
    }

    private func standing(of customerID: String) -> Standing? { standings[Array(customerID.utf8)] }

    // MARK: A customer

    private func customerSentence(_ id: String) -> String {
        let name = column(id)
        guard let standing = standing(of: id) else { return "Nothing is known of \(name)." }
        var text: String
        switch (standing.state, standing.last) {
        case (.pending(let values, _), let last):
            text = "\(name) was registered with \(tags(values))\(at(last?.time)) and waits for the verdict"
        case (.confirmed(let values, _), _):
            text = "\(name) holds \(tags(values))\(since(heldSince(standing)))"
        case (.changing(let values, let wanted, _), let last):
            text =
                "\(name) holds \(tags(values))\(since(heldSince(standing))) and waits for the verdict on"
                + " \(told(wanted))\(since(last?.time))"
        case (.unregistered, let last?): text = unregistration(name, last)
        case (.unregistered, nil), (.unknown, _):
            text = "\(name) is not registered"
            if let refusal = standing.refusal { text += ": " + told(refusal) }
        }
        if let reason = standing.escalation { text += "; its process needs a person (\(column(reason)))" }
        return text + "."
    }

    private func unregistration(_ name: String, _ last: (event: CustomerEvent, time: Timestamp?)) -> String {
        guard case .unregistered(let reason, let loss, _, _) = last.event.kind else { return "\(name) left" }
        switch reason {
        case .requested: return "\(name) was unregistered as its client asked\(at(last.time))"
        case .duplicate:
            let key = last.event.values.keys.first { $0.attribute == loss?.attribute }
            let lost = key.map(tag) ?? "a value"
            return "\(name) was undone\(at(last.time)) because "
                + (loss?.heldBy.map { "\(column($0)) holds \(lost)" } ?? "\(lost) can't be taken again yet")
        default: return "\(name) was unregistered as \(column(reason.rawValue))\(at(last.time))"
        }
    }

    /// When the customer got the values that it holds for good.
    private func heldSince(_ standing: Standing) -> Timestamp? {
        standing.events.last { told in
            switch told.event.kind {
            case .registered(_, .confirmed, _), .confirmed, .changed: true
            case .registered(_, .pending, _), .unregistered, .changeStarted, .changeRejected: false
            }
        }?.time
    }

    // MARK: A key

    private func keySentence(_ key: UniqueKey) -> String {
        let tale = tales[key.bytes]
        var holder: String?
        var parts: [String] = []
        switch tale?.holder ?? .free {
        case .claimed(let customer, _):
            holder = customer
            var text = "\(column(customer)) holds \(tag(key))\(since(tale?.since))"
            if case .pending = standing(of: customer)?.state { text += " (not confirmed yet)" }
            parts.append(text)
        case .reserved(let customer, _):
            holder = customer
            parts.append("\(tag(key)) is reserved for \(column(customer))\(since(tale?.since))")
        case .free: parts.append("Nobody holds \(tag(key))\(since(tale?.since))")
        case .resting(.never): parts.append("Nobody may take \(tag(key)) again")
        case .resting(.time(let time)): parts.append("Nobody may take \(tag(key)) before \(time)")
        }
        let others = customers.filter { customer in holder.map { !$0.isExactly(customer) } ?? true }
        let told = others.compactMap { customer in
            standing(of: customer).flatMap { fate($0, column(customer), key) }
        }
        parts += told.prefix(Self.mostCustomers)
        if told.count > Self.mostCustomers { parts.append("and \(told.count - Self.mostCustomers) more customers") }
        let refused = standing(of: NameID.customer(of: key).description)?.refusedRegistrations ?? 0
        if refused > 0 {
            parts.append(
                "\(refused) further \(refused == 1 ? "registration" : "registrations") of it met the first in its own"
                    + " stream and \(refused == 1 ? "was" : "were") refused")
        }
        return parts.joined(separator: ", ") + "."
    }

    /// What became of a customer's wish for the key.
    private func fate(_ standing: Standing, _ name: String, _ key: UniqueKey) -> String? {
        for told in standing.events.reversed() {
            let event = told.event
            let had = event.values.keys.contains(key)
            switch event.kind {
            case .unregistered(.duplicate, let loss, _, _) where had:
                return "\(name) was undone\(at(told.time)) because \(reason(loss, key))"
            case .unregistered(.requested, _, let wanted, _):
                guard had || wanted?.wanted.keys.contains(key) ?? false else { continue }
                return "\(name) was unregistered as its client asked\(at(told.time))"
            case .changed(let previous, _) where previous.keys.contains(key):
                return "\(name) gave it up\(at(told.time))"
            case .changeRejected(let rejected, let loss) where rejected.keys.contains(key):
                return "\(name)'s change to it was rejected\(at(told.time)) because \(reason(loss, key))"
            case .changeStarted(let wanted) where wanted.wanted.keys.contains(key):
                return "\(name)'s change to it waits for the verdict\(since(told.time))"
            case .registered(_, .pending, _) where had:
                return "\(name) waits for the verdict\(since(told.time))"
            case .registered, .confirmed, .unregistered, .changeStarted, .changed,
                .changeRejected:
                continue
            }
        }
        guard case .unknown = standing.state, let refusal = standing.refusal else { return nil }
        return "\(name) is not registered: \(self.told(refusal))"
    }

    private func reason(_ loss: Loss?, _ key: UniqueKey) -> String {
        let lost = loss.map { $0.attribute == key.attribute ? "it" : "its \(column($0.attribute))" } ?? "it"
        return loss?.heldBy.map { "\(column($0)) held \(lost)" } ?? "\(lost) could not be taken again yet"
    }

    private func told(_ refusal: Refusal) -> String {
        "\(refusal.asked)\(at(refusal.time)) as \(column(refusal.code))"
            + (refusal.loss.flatMap { loss in
                loss.heldBy.map { " because \(column($0)) holds its \(column(loss.attribute))" }
            }
                ?? "")
    }

    private func tag(_ key: UniqueKey) -> String { KeyTag(key, display).text }
    private func tags(_ values: UniqueValues) -> String { values.keys.map(tag).joined(separator: ", ") }
    private func told(_ changes: ValueChanges) -> String {
        changes.all.map { change in
            change.value.map { tag(UniqueKey(attribute: change.attribute, value: $0)) } ?? "no \(change.attribute)"
        }.joined(separator: ", ")
    }
    private func at(_ time: Timestamp?) -> String { time.map { " at \($0)" } ?? "" }
    private func since(_ time: Timestamp?) -> String { time.map { " since \($0)" } ?? "" }
}
