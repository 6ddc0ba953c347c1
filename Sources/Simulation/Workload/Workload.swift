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
    private let partitionCount: Int32
    private let customers: [String]
    private let derived: [String]
    private var dice: Dice

    /// Commands that can be sent again.
    private var sent: [Sent] = []
    private var time: Int64 = 0

    /// - Parameters:
    ///   - dice: of its own; see `Dice.fork`.
    ///   - partitionCount: how many partitions each topic has.
    package init(_ options: WorkloadOptions, dice: Dice, names: DeploymentNames, partitionCount: Int32) {
        self.options = options
        self.dice = dice
        self.names = names
        self.partitionCount = partitionCount
        var customers = (0..<max(options.customers, 1)).map { "c-\($0)" }
        // Two spellings of one name are two customers, and one has a name that looks like an event's.
        if self.dice.chance(1, of: 4) { customers += ["ren\u{E9}e", "rene\u{301}e", "c-0@1"] }
        self.customers = customers
        derived = (0..<max(options.documents, 1)).map { NameID.customer(ofDocument: "D\($0)").description }
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

    private enum Way { case compensate, reserve, derived, change, unregister, again }

    private var weights: [(way: Way, weight: Int)] {
        [
            (.compensate, options.compensate), (.reserve, options.reserve), (.derived, options.derived),
            (.change, options.change), (.unregister, options.unregister), (.again, options.again),
        ]
    }

    private mutating func content(_ number: Int) -> Sent {
        var rest = dice.below(weights.reduce(0) { $0 + $1.weight })
        var way = Way.compensate
        for (candidate, weight) in weights {
            if rest < weight {
                way = candidate
                break
            }
            rest -= weight
        }
        let document = dice.below(max(options.documents, 1))
        let name = dice.chance(1, of: 6) ? #","name":"N\#(number)""# : ""
        var command = Sent(
            topic: .customerCommands, customer: dice.pick(customers) ?? "c-0", id: "k-\(number)",
            source: "/client/\(dice.below(3))", type: "RegisterCustomer",
            data: #"{"document":"\#(spelling(of: document))"\#(name)}"#)
        switch way {
        case .compensate: break
        case .reserve: (command.topic, command.type) = (.registrationRequests, "StartRegistration")
        case .derived: command.customer = derived[document]
        case .change:
            command.customer = someCustomer()
            (command.type, command.data) = (
                "ChangeCustomerDocument", #"{"document":"\#(spelling(of: document))"}"#
            )
        case .unregister:
            command.customer = someCustomer()
            (command.type, command.data) = ("UnregisterCustomer", "{}")
        case .again: command.customer = someCustomer()
        }
        return command
    }

    /// One who has been registered, most likely.
    private mutating func someCustomer() -> String {
        if dice.chance(1, of: 8) { return dice.pick(derived) ?? "c-0" }
        return (dice.chance(3, of: 4) ? dice.pick(sent)?.customer : nil) ?? dice.pick(customers) ?? "c-0"
    }

    /// The document as someone types it: one and the same, once it is normalized.
    private mutating func spelling(of document: Int) -> String {
        switch dice.below(8) {
        case 0: "d-\(document)"
        case 1: " D.\(document) "
        case 2: "\u{FF24}\(document)"
        default: "D\(document)"
        }
    }

    // MARK: What can't be taken

    private mutating func sendMalformed(_ number: Int) {
        let customer = dice.pick(customers) ?? "c-0"
        let topic = dice.chance(1, of: 3) ? Topic.registrationRequests : .customerCommands
        let type = topic == .customerCommands ? "RegisterCustomer" : "StartRegistration"
        var key: [UInt8]? = Array(customer.utf8)
        var command = Sent(
            topic: topic, customer: customer, id: "m-\(number)", source: "/client/0", type: type,
            data: #"{"document":"D0"}"#)
        var value: String?
        // Rare: each takes as much time as a run.
        if dice.chance(1, of: 60) { return sendGiant(topic, customer) }
        switch dice.below(16) {
        case 0: value = "no JSON"
        case 1: value = #"{"id":"m-\#(number)","type":"\#(type)","data":{}} and more"#
        case 2: key = nil
        case 3: key = [0x63, 0x0A]
        case 4: key = Array(String(repeating: "k", count: 129).utf8)
        case 5: command.id = String(repeating: "i", count: 257)
        case 6: command.data = "{}"
        case 7: command.data = #"{"document":"---"}"#
        case 8: command.data = #"{"document":"\#(String(repeating: "9", count: 65))"}"#
        case 9: command.data = #"{"document":"D0","reservation":"r-1"}"#
        case 10: command.data = #"{"document":"D0","customerId":"someone-else"}"#
        case 11: command.type = "PaintCustomer"
        case 12: (command.type, command.data) = ("ConfirmCustomer", #"{"document":"D0","version":1}"#)
        case 13:
            command.type = "UnregisterCustomer"
            command.data = #"{"reason":"duplicate-document","document":"D0","heldBy":"c-1","version":1}"#
        case 14: command.type = type == "RegisterCustomer" ? "StartRegistration" : "RegisterCustomer"
        default: value = #"{"id":"m-\#(number)","type":"\#(type)","data":[1,2]}"#
        }
        if value == nil, key == Array(customer.utf8) {
            sent.append(command)
            send(command, at: time, "malformed ")
            return
        }
        let text = value ?? #"{"id":"m-\#(number)","type":"\#(type)","data":{"document":"D0"}}"#
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
        var topics: [Topic] = [.customerCommands, .registrationRequests, .processCommands, .documentClaims]
        if options.replaysBooks {
            topics += [.customerEvents, .commandOutcomes, .processOutcomes, .registrationEvents, .documentEvents]
        }
        let end = records.reduce(0) { max($0, $1.time) }
        for _ in 0..<options.commands where dice.chance(options.replayed, of: 1_000) {
            guard let topic = dice.pick(topics) else { continue }
            replays.append(
                PlannedReplay(time: dice.between(0, end + 2_000_000), topic: topic, word: "replay \(topic.rawValue)"))
        }
    }
}
