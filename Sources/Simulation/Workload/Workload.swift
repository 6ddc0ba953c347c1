package import EventLog
package import Messages

/// A record that a client sends.
package struct PlannedRecord: Hashable, Sendable {
    /// Microseconds after the start.
    package var time: Int64
    package var record: OutgoingRecord
    /// For the trace.
    package var word: String
}

/// A moment at which some record of a topic is written once more: what clients, retries and restored backups do.
package struct PlannedReplay: Hashable, Sendable {
    /// Microseconds after the start.
    package var time: Int64
    package var topic: Topic
    /// For the trace.
    package var word: String
}

/// All that clients do in one run, as plain values that are drawn before it begins: nothing that the system does moves
/// what they send.
package struct Workload: Sendable {
    package let options: WorkloadOptions
    /// In the order of their times.
    package private(set) var records: [PlannedRecord] = []
    /// In the order of their times.
    package private(set) var replays: [PlannedReplay] = []

    private let names: DeploymentNames
    private let declaration: Declaration
    private let revision: DeploymentOptions.Revision?
    private var partitionCount: Int32 { declaration.partitions }
    private let customers: [String]
    private let derived: [String]
    private var dice: Dice

    /// What each customer has asked for last, by attribute: most likely what it has.
    private var wanted: [String: [String: Int]] = [:]

    /// Commands that can be sent again.
    private var sent: [Sent] = []
    private var time: Int64 = 0

    /// - Parameters:
    ///   - dice: of its own; see `Dice.fork`.
    ///   - declaration: what is declared from the beginning.
    ///   - revision: what is declared later: what it brings is named by nobody before.
    package init(
        _ options: WorkloadOptions, dice: Dice, names: DeploymentNames, declaration: Declaration,
        revision: DeploymentOptions.Revision? = nil
    ) {
        self.options = options
        self.dice = dice
        self.names = names
        self.declaration = declaration
        self.revision = revision
        var customers = (0..<max(options.customers, 1)).map { "c-\($0)" }
        // Two spellings of one name are two customers, and one has a name that looks like an event's.
        if self.dice.chance(1, of: 4) { customers += ["ren\u{E9}e", "rene\u{301}e", "c-0@1"] }
        self.customers = customers
        derived = (0..<max(options.values, 1)).map { number in
            let plain = Self.spellings(of: number, declaration.first.normalize)[0]
            let value = declaration.first.normalize.normalize(plain) ?? plain
            return NameID.customer(of: UniqueKey(attribute: declaration.first.name, value: value)).description
        }
        for number in 0..<options.commands { plan(number) }
        planReplays()
        records = Self.inOrder(records, by: \.time)
        replays = Self.inOrder(replays, by: \.time)
    }

    /// When the last of it is sent, in microseconds after the start.
    package var end: Int64 { max(records.last?.time ?? 0, replays.last?.time ?? 0) }

    /// One of the records that are there, to be written once more where it lies; nil when there is none.
    package func replay(of existing: [LogRecord], using dice: inout Dice) -> OutgoingRecord? {
        guard let record = dice.pick(existing) else { return nil }
        return OutgoingRecord(
            topic: record.topic, partition: record.partition, key: record.key, value: record.value,
            headers: record.headers)
    }

    private static func inOrder<Element>(_ elements: [Element], by time: (Element) -> Int64) -> [Element] {
        // With its number, for sorting does not promise to keep the order of equals.
        elements.enumerated().sorted { (time($0.element), $0.offset) < (time($1.element), $1.offset) }.map(\.element)
    }

    // MARK: One command

    /// A command, before it is put into bytes.
    private struct Sent {
        var topic: Topic
        var customer: String
        /// Nil for a command without an id.
        var id: String?
        var source: String
        var type: String
        /// The members of `data`, as JSON.
        var data: String
    }

    private mutating func plan(_ number: Int) {
        time += dice.between(options.pause.lowerBound, options.pause.upperBound)
        if dice.chance(options.reused, of: 1_000), var command = dice.pick(sent), command.id != nil {
            let other = content(number)
            guard other.topic == command.topic else { return send(other) }
            (command.type, command.data) = (other.type, other.data)
            send(command, at: time, "reuse ")
            return
        }
        if options.malformed > 0, dice.below(weights.reduce(0) { $0 + $1.weight }) < options.malformed {
            sendMalformed(number)
            return
        }
        send(content(number))
    }

    private mutating func send(_ command: Sent) {
        var command = command
        if dice.chance(options.anonymous, of: 1_000) { command.id = nil }
        send(command, at: time, "")
        guard command.id != nil else { return }
        sent.append(command)
        // Right behind it, while the first one is still on its way, or long after.
        while dice.chance(options.resent, of: 1_000) {
            let pause = dice.chance(1, of: 2) ? dice.between(0, 5_000) : dice.between(0, 20_000_000)
            send(command, at: time + pause, "resend ")
        }
    }

    private mutating func send(_ command: Sent, at time: Int64, _ word: String) {
        let id = command.id.map { #""id":"\#($0)","# } ?? ""
        let source = command.source.isEmpty ? "" : #""source":"\#(command.source)","#
        let isBinary = dice.chance(1, of: 12)
        let value: String
        var headers: [RecordHeader] = []
        if isBinary {
            value = command.data
            headers = [RecordHeader("content-type", "application/json"), RecordHeader("ce_type", command.type)]
            if let id = command.id { headers.append(RecordHeader("ce_id", id)) }
            if !command.source.isEmpty { headers.append(RecordHeader("ce_source", command.source)) }
        } else {
            value = #"{"specversion":"1.0",\#(id)\#(source)"type":"\#(command.type)","data":\#(command.data)}"#
            if dice.chance(1, of: 2) { headers = [RecordHeader("content-type", "application/cloudevents+json")] }
        }
        let topic = command.topic == .registrationRequests ? "request" : command.type
        write(
            command.topic, key: Array(command.customer.utf8), value: Array(value.utf8), headers, at: time,
            "\(word)\(topic) \(command.customer) \(command.id ?? "-") \(command.data)")
    }

    /// Writes a record where its key belongs, or where another partitioner puts it.
    private mutating func write(
        _ topic: Topic, key: [UInt8]?, value: [UInt8]?, _ headers: [RecordHeader], at time: Int64, _ word: String
    ) {
        let home =
            key.map { Murmur2.partition(of: $0, count: partitionCount) } ?? Int32(dice.below(Int(partitionCount)))
        var partition = home
        var word = word
        if partitionCount > 1, dice.chance(options.misrouted, of: 1_000) {
            partition = (home + 1 + Int32(dice.below(Int(partitionCount) - 1))) % partitionCount
            word += " misrouted"
        }
        records.append(
            PlannedRecord(
                time: time,
                record: OutgoingRecord(
                    topic: names.name(topic), partition: partition, key: key, value: value, headers: headers),
                word: word))
    }

    private enum Kind { case compensate, reserve, derived, change, swap, unregister, again }

    private var weights: [(kind: Kind, weight: Int)] {
        [
            (.compensate, options.compensate), (.reserve, options.reserve), (.derived, options.derived),
            (.change, options.change), (.swap, options.swap), (.unregister, options.unregister),
            (.again, options.again),
        ]
    }

    /// The attributes that can be named by now.
    private var attributes: [UniqueAttribute] {
        guard let revision, time > revision.time else { return declaration.attributes }
        return revision.declaration.attributes
    }

    private mutating func content(_ number: Int) -> Sent {
        var rest = dice.below(weights.reduce(0) { $0 + $1.weight })
        var kind = Kind.compensate
        for (candidate, weight) in weights {
            if rest < weight {
                kind = candidate
                break
            }
            rest -= weight
        }
        let person = person()
        let name = dice.chance(1, of: 6) ? #","name":"N\#(number)""# : ""
        var command = Sent(
            topic: .customerCommands, customer: dice.pick(customers) ?? "c-0", id: "k-\(number)",
            source: "/client/\(dice.below(3))", type: "RegisterCustomer", data: "{}")
        var values = person
        switch kind {
        case .compensate: break
        case .reserve: (command.topic, command.type) = (.registrationRequests, "StartRegistration")
        case .derived:
            command.customer = derived[person[declaration.first.name] ?? 0]
            if declaration.attributes.count > 1 {
                // What may be refused must not finish a stream that no other can stand for.
                if dice.chance(3, of: 4) {
                    (command.topic, command.type) = (.registrationRequests, "StartRegistration")
                } else if dice.chance(1, of: 2) {
                    values = values.filter { $0.key == declaration.first.name }
                }
            }
        case .change:
            command.customer = someCustomer()
            command.type = "ChangeCustomer"
            command.data = "{\(members(change(of: command.customer, to: person)))}"
            return command
        case .swap: return swap(command)
        case .unregister:
            command.customer = someCustomer()
            command.type = "UnregisterCustomer"
            return command
        case .again: command.customer = someCustomer()
        }
        wanted[command.customer] = values
        var all = values.mapValues { Int?.some($0) }
        // Null is absent.
        for attribute in attributes where all[attribute.name] == nil && dice.chance(1, of: 6) {
            all[attribute.name] = .some(nil)
        }
        command.data = "{\(members(all))\(name)}"
        return command
    }

    /// Numbers of the values that somebody has: often those of one and the same person.
    private mutating func person() -> [String: Int] {
        let number = dice.below(max(options.values, 1))
        let isOne = dice.chance(1, of: 2)
        var values: [String: Int] = [:]
        for attribute in attributes where attribute.isRequired || dice.chance(2, of: 3) {
            values[attribute.name] = isOne ? number : dice.below(max(options.values, 1))
        }
        return values
    }

    private mutating func change(of customer: String, to person: [String: Int]) -> [String: Int?] {
        var changes: [String: Int?] = [:]
        for attribute in attributes where attributes.count == 1 || dice.chance(1, of: 2) {
            // A required one can't be given up; that is tried all the same.
            let isGivenUp = dice.chance(1, of: attribute.isRequired ? 12 : 4)
            changes[attribute.name] = .some(isGivenUp ? nil : person[attribute.name] ?? 0)
        }
        for (name, value) in changes { wanted[customer, default: [:]][name] = value }
        return changes
    }

    /// Two customers who want each other's values, at once.
    private mutating func swap(_ command: Sent) -> Sent {
        let (one, other) = (someCustomer(), someCustomer())
        let (first, second) = (wanted[one] ?? [:], wanted[other] ?? [:])
        var back = command
        (back.customer, back.id, back.type) = (other, (command.id ?? "k") + "-back", "ChangeCustomer")
        back.data = "{\(members(first.mapValues { .some($0) }))}"
        send(back)
        var there = command
        (there.customer, there.type) = (one, "ChangeCustomer")
        there.data = "{\(members(second.mapValues { .some($0) }))}"
        (wanted[one], wanted[other]) = (second, first)
        return there
    }

    /// The member `values`, each as someone types it.
    private mutating func members(_ values: [String: Int?]) -> String {
        // In any order; a dictionary's is another one each time.
        var names = values.keys.sorted()
        if dice.chance(1, of: 3) { names.reverse() }
        var parts = names.map { name in
            guard let number = values[name] ?? nil else { return #""\#(name)":null"# }
            return #""\#(name)":"\#(spelling(of: number, name))""#
        }
        if dice.chance(1, of: 60) { parts.append(#""undeclared":"1""#) }
        return #""values":{\#(parts.joined(separator: ","))}"#
    }

    /// One who has been registered, most likely.
    private mutating func someCustomer() -> String {
        if dice.chance(1, of: 8) { return dice.pick(derived) ?? "c-0" }
        return (dice.chance(3, of: 4) ? dice.pick(sent)?.customer : nil) ?? dice.pick(customers) ?? "c-0"
    }

    /// The value as someone types it: one and the same, once it is normalized.
    private mutating func spelling(of number: Int, _ name: String) -> String {
        let rule = attributes.first { $0.name == name }?.normalize ?? .none
        let spellings = Self.spellings(of: number, rule)
        return dice.chance(1, of: 2) ? spellings[0] : dice.pick(spellings) ?? spellings[0]
    }

    private static func spellings(of number: Int, _ rule: NormalizationRule) -> [String] {
        switch rule {
        case .alphanumeric: ["D\(number)", "d-\(number)", " D.\(number) ", "\u{FF24}\(number)"]
        case .digits(nil): ["5\(number)", "5-\(number)", " 5.\(number)x", "\u{FF15}\(number)"]
        case .digits: ["5\(number)", "05\(number)", "0-0.5\(number)", "\u{0665}\(number)"]
        case .email: ["d\(number)@x.org", " D\(number)@X.org ", "d\(number)@\u{FF38}.ORG"]
        case .trim: ["\u{E9}e \(number)", " \u{E9}e \(number) ", "e\u{301}e \(number)"]
        // Two spellings are two values.
        case .none: ["\u{E9}\(number)", "e\u{301}\(number)"]
        }
    }

    // MARK: What can't be taken

    private static let oddValues = [
        "7", "[]", "\"x\"", "null", "{\"alpha\":7}", "{\"alpha\":[\"a\"]}", "{\"\":\"a\"}", "{}",
    ]

    private mutating func sendMalformed(_ number: Int) {
        let customer = dice.pick(customers) ?? "c-0"
        let topic = dice.chance(1, of: 3) ? Topic.registrationRequests : .customerCommands
        let type = topic == .customerCommands ? "RegisterCustomer" : "StartRegistration"
        var key: [UInt8]? = Array(customer.utf8)
        let first = declaration.first.name
        var command = Sent(
            topic: topic, customer: customer, id: "m-\(number)", source: "/client/0", type: type,
            data: "{\(members([declaration.first.name: 0]))}")
        var value: String?
        // Rare: each takes as much time as a run.
        if dice.chance(1, of: 60) { return sendGiant(topic, customer) }
        switch dice.below(19) {
        case 0: value = "no JSON"
        case 1: value = #"{"id":"m-\#(number)","type":"\#(type)","data":{}} and more"#
        case 2: key = nil
        case 3: key = [0x63, 0x0A]
        case 4: key = Array(String(repeating: "k", count: 129).utf8)
        case 5: command.id = String(repeating: "i", count: 257)
        case 6: command.data = "{}"
        case 7: command.data = #"{"values":{"\#(first)":"\t"}}"#
        case 8: command.data = #"{"values":{"\#(first)":"\#(String(repeating: "9", count: 255))"}}"#
        case 9: command.data = #"{\#(members([first: 0])),"reservation":"r-1"}"#
        case 10: command.data = #"{\#(members([first: 0])),"customerId":"someone-else"}"#
        case 11: command.type = "PaintCustomer"
        case 12: (command.type, command.data) = ("ConfirmCustomer", #"{"version":1}"#)
        case 13:
            command.type = "UnregisterCustomer"
            command.data = #"{"reason":"duplicate","attribute":"\#(first)","heldBy":"c-1","version":1}"#
        case 15: command.data = #"{"values":\#(dice.pick(Self.oddValues) ?? "7")}"#
        case 16: command.data = #"{"values":{"\#(first)":"1","\#(first)":"2"}}"#
        case 17: command.data = #"{"values":{"\#(first)":null}}"#
        case 14: command.type = type == "RegisterCustomer" ? "StartRegistration" : "RegisterCustomer"
        default: value = #"{"id":"m-\#(number)","type":"\#(type)","data":[1,2]}"#
        }
        if value == nil, key == Array(customer.utf8) {
            sent.append(command)
            send(command, at: time, "malformed ")
            return
        }
        let text = value ?? #"{"id":"m-\#(number)","type":"\#(type)","data":{\#(members([first: 0]))}}"#
        write(topic, key: key, value: Array(text.utf8), [], at: time, "malformed m-\(number)")
    }

    /// More than a dead letter can hold: small on the wire, where it is compressed.
    private mutating func sendGiant(_ topic: Topic, _ customer: String) {
        let giant = [UInt8](repeating: 0x78, count: 2_200_000)
        let key = Array(customer.utf8)
        switch dice.below(4) {
        case 0: write(topic, key: giant, value: Array("{}".utf8), [], at: time, "giant key")
        case 1: write(topic, key: key, value: nil, [RecordHeader(name: "x", value: giant)], at: time, "giant header")
        default: write(topic, key: key, value: giant, [], at: time, "giant value")
        }
    }

    // MARK: What is there already

    private mutating func planReplays() {
        // Not the index that is served: it is compacted. Not the dead letters: they are for operators.
        var topics: [Topic] = [.customerCommands, .registrationRequests, .processCommands, .uniqueClaims]
        if options.replaysBooks {
            topics += [.customerEvents, .commandOutcomes, .processOutcomes, .registrationEvents, .uniqueVerdicts]
        }
        let end = records.reduce(0) { max($0, $1.time) }
        for _ in 0..<options.commands where dice.chance(options.replayed, of: 1_000) {
            guard let topic = dice.pick(topics) else { continue }
            replays.append(
                PlannedReplay(time: dice.between(0, end + 2_000_000), topic: topic, word: "replay \(topic.rawValue)"))
        }
    }
}
