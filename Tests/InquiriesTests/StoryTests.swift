import EventLog
import Inquiries
import Messages
import Testing

/// Reads a story as the tool does: stage by stage, nothing but what the story asks for.
func story(
    of subject: Story.Subject, in history: History, _ display: ValueDisplay = .shown,
    noting: (TopicPartition) -> Void = { _ in }
) -> StoryTelling {
    var story = Story(of: subject, names: History.names, declaration: History.declaration)
    while let places = story.nextPlaces() {
        for place in places.keys { noting(place) }
        for record in history.records {
            switch places[record.topicPartition] {
            case .whole: story.take(record)
            case .record(let offset): if offset == record.offset { story.take(record) }
            case nil: break
            }
        }
    }
    return StoryTelling(story, display: display)
}

/// Type, id and customer of the entries.
private func outline(_ telling: StoryTelling) -> [String] {
    telling.lines.dropFirst().prefix { !$0.isEmpty }.map { line in
        // Behind time and place, which have no blanks.
        let what = line.split(separator: " ", maxSplits: 2).last ?? ""
        return String(what.drop { $0 == " " }.prefix { $0 != ":" })
    }
}

@Suite("The story of a customer") struct CustomerStoryTests {
    @Test("the whole chain of a loser, each entry below what it follows from") func loser() throws {
        var history = History()
        try history.winner("c-1", .document("D1", email: "a@x"))
        try history.loser("c-2", .document("D2", email: "a@x"), .email(to: "c-1"))
        let telling = story(of: .customer("c-2"), in: history)
        #expect(
            outline(telling)
                == [
                    "RegisterCustomer 1 of /client for c-2", "CustomerRegistered c-2@1",
                    "CommandAccepted \(key("c-2"))/outcome for c-2", "ClaimKey c-2@1/claim",
                    "ClaimKey c-2@1/claim/2", "RegistrationStarted c-2@1/started",
                    "KeysClaimRejected c-2@1/claim/rejected", "RegistrationCommandIssued c-2@1/unregister/issued/1",
                    "UnregisterCustomer c-2@1/unregister", "CustomerUnregistered c-2@2",
                    "ReleaseKey c-2@2/release/document", "ReleaseKey c-2@2/release/email",
                    "RegistrationCompensated c-2@1/compensated",
                ])
        #expect(depths(telling) == [0, 1, 1, 2, 3, 2, 4, 5, 5, 6, 7, 7, 7])
        #expect(telling.sentence.hasPrefix("c-2 was undone at 20"))
        #expect(telling.sentence.hasSuffix(" because c-1 holds email a@x."))
    }

    private func key(_ customer: String) -> String {
        DeduplicationKey(topic: .customerCommands, customerID: customer, source: "/client", id: "1").description
    }

    @Test("only the partitions that can hold it are read") func partitions() throws {
        var history = History()
        try history.winner("c-1", .document("D1", email: "a@x"))
        var places: Set<TopicPartition> = []
        _ = story(of: .customer("c-1"), in: history) { places.insert($0) }
        let rest = places.filter { !$0.topic.hasSuffix("-dead-letter") }
        let keyed = Topic.allCases.filter {
            !$0.isDeadLetter && ![.deployment, .uniqueClaims, .uniqueIndex].contains($0)
        }
        let expected =
            keyed.map { History.place($0, "c-1") }
            + [Topic.uniqueClaims, .uniqueIndex].flatMap { topic in
                ["document:D1", "email:a@x"].map { History.place(topic, $0) }
            }
        #expect(rest == Set(expected))
    }

    @Test("a winner, with what it holds; values and names stay hidden") func winner() throws {
        var history = History()
        try history.winner("c-1", .document("SECRET1", email: "secret1@x"))
        let telling = story(of: .customer("c-1"), in: history, .hidden)
        let hash = KeyTag(.document("SECRET1"), .hidden).hash
        let other = KeyTag(.email("secret1@x"), .hidden).hash
        #expect(telling.sentence.hasPrefix("c-1 holds document #\(hash), email #\(other) since 20"))
        #expect(telling.lines.contains { $0.contains("KeyHolder c-1@1/claim/2/holder: status claimed, email #") })
        #expect(!(telling.lines + telling.json).joined().lowercased().contains("secret1"))
        #expect(!(telling.lines + telling.json).joined().contains("Ana"))
        #expect(telling.json.joined().contains(#""documentHash":"\#(hash)","emailHash":"\#(other)""#))
        let shown = story(of: .customer("c-1"), in: history).json.joined()
        #expect(shown.contains(#""document":"SECRET1""#) && shown.contains(#""email":"secret1@x""#))
    }

    @Test("repeats are marked; a second command under one name, and an event that is void, as what they are")
    func repeats() throws {
        var history = History()
        try history.winner("c-1", .document("D1"))
        history.command("RegisterCustomer", "c-1", id: "1", #"{"name":"Ana","values":{"document":"D1"}}"#)
        history.command("RegisterCustomer", "c-1", id: "1", #"{"values":{"document":"D2"}}"#)
        history.event("c-1", 2, .document("D1"), .confirmed, by: ("/process-manager", "c-1@1/confirm"))
        history.event(
            "c-1", 2, .document("D1"), .unregistered(.requested, loss: nil, wanted: nil, reusableFrom: .none),
            by: ("/process-manager", "c-1@1/confirm"))
        let telling = story(of: .customer("c-1"), in: history)
        #expect(telling.lines.count { $0.hasSuffix("[repeat]") } == 2)
        #expect(telling.lines.count { $0.hasSuffix("[repeat with another content]") } == 2)
        #expect(telling.sentence.hasPrefix("c-1 holds document D1"))
    }

    @Test("a misrouted command, what it became, and a dead letter of another partition") func strays() {
        var history = History()
        let home = History.place(.customerCommands, "c-1").partition
        let away = (home + 1) % History.partitionCount
        history.command("UnregisterCustomer", "c-9", id: "1", "{}", partition: away)
        history.command("UnregisterCustomer", "c-1", id: "1", "{}", partition: away)
        let offset = history.records.last?.offset ?? -1
        history.command(
            "UnregisterCustomer", "c-1", id: "1", "{}",
            headers: [RecordHeader("origin", "customer-commands/\(away)/\(offset)")])
        history.outcome("c-1", ("/client", "1"), .rejected(.notRegistered, message: ""))
        let garbage = history.append(
            .customerCommands, key: Array("c-1".utf8), value: Array("\u{1B}]0;x".utf8), partition: away)
        history.append(
            .customerCommandsDeadLetter, key: garbage.key, value: garbage.value,
            headers: [
                RecordHeader("dead-letter-reason", "malformed"),
                RecordHeader("dead-letter-topic", "customer-commands"),
                RecordHeader("dead-letter-partition", "\(away)"),
                RecordHeader("dead-letter-offset", "\(garbage.offset)"),
            ], partition: away)
        let telling = story(of: .customer("c-1"), in: history)
        #expect(depths(telling) == [0, 1, 2, 0, 1])
        #expect(telling.lines[1].hasSuffix("[misrouted]"))
        #expect(telling.lines[2].contains("origin customer-commands/\(away)/\(offset)"))
        #expect(telling.lines[5].contains("dead letter for c-1: reason malformed"))
        #expect(
            telling.sentence.hasPrefix("c-1 is not registered: its last command was refused at 20"))
        #expect(telling.sentence.hasSuffix(" as not-registered."))
    }

    @Test("one that waits, one that needs a person, and one that nobody knows") func waiting() throws {
        var history = History()
        let asked = try history.begin("c-1", .document("D1", email: "a@x"))
        let pending = story(of: .customer("c-1"), in: history).sentence
        #expect(pending.hasPrefix("c-1 was registered with document D1, email a@x at 20"))
        #expect(pending.hasSuffix(" and waits for the verdict."))
        history.book("c-1@1", "c-1", .escalated(reason: "no-answer"), by: asked.last)
        #expect(
            story(of: .customer("c-1"), in: history).sentence.hasSuffix("; its process needs a person (no-answer)."))
        let nobody = story(of: .customer("c-9\u{7}"), in: history)
        #expect(nobody.isEmpty)
        #expect(nobody.lines == ["Nothing is known of c-9\\u{7}."])
    }

    @Test("a command that is sent again stands where it was sent again, though it has its first time") func resent()
        throws
    {
        var history = History()
        let answer = history.answer(try history.begin("c-1", .document("D1")))
        history.issue("c-1@1", "confirm", .confirm(version: 1), "c-1", by: answer)
        let sent = history.records.last
        history.book(
            "c-1@1", "c-1", .commandIssued(topic: .processCommands, attempt: 2, command: sent?.value ?? []), by: answer)
        history.append(.processCommands, key: sent?.key, value: sent?.value)
        let told = outline(story(of: .customer("c-1"), in: history)).suffix(3)
        #expect(
            told.map { $0.split(separator: " ")[0] } == [
                "ConfirmCustomer", "RegistrationCommandIssued", "ConfirmCustomer",
            ])
        let again = history.now.advanced(by: .seconds(-1)).description
        #expect(
            story(of: .customer("c-1"), in: history).lines.contains { $0.hasPrefix(again) && $0.hasSuffix("[repeat]") })
    }

    @Test("nothing stands before what it follows from, whatever the clocks say") func clocks() {
        var history = History()
        history.now = history.now.advanced(by: .seconds(3_600))
        let command = history.command("RegisterCustomer", "c-1", id: "1", #"{"values":{"document":"D1"}}"#)
        history.now = history.now.advanced(by: .seconds(-3_600))
        history.event(
            "c-1", 1, .document("D1"), .registered(name: nil, status: .pending, reservation: nil), by: command)
        history.outcome("c-1", command, .accepted(events: ["c-1@1"]))
        #expect(depths(story(of: .customer("c-1"), in: history)) == [0, 1, 1])
    }

    @Test("records that cause each other, and records of a later version, are told all the same") func odd() {
        var history = History()
        for (id, cause) in [("a", "b"), ("b", "a"), ("c", "c")] {
            history.write(
                .registrationEvents, id, by: "/x", ("/x", cause),
                RegistrationEvent(process: "p", customerID: "c-1", kind: .completed))
        }
        let value = #"{"id":"i","source":"s","type":"CustomerPraised","time":"2026-01-01T00:00:00Z","data":{}}"#
        history.append(.customerEvents, key: Array("c-1".utf8), value: Array(value.utf8))
        history.append(.customerEvents, key: Array("c-1".utf8), value: nil)
        let telling = story(of: .customer("c-1"), in: history)
        #expect(telling.json.count == 6)
        #expect(telling.lines.contains { $0.contains("CustomerPraised i for c-1: problem a type that this version") })
    }
}

@Suite("The story of a key") struct KeyStoryTests {
    @Test("who holds it, who was undone, and nothing that is about other keys") func key() throws {
        var history = History()
        try history.winner("c-1", .document("D1", email: "a@x"))
        try history.loser("c-2", .document("D2", email: "a@x"), .email(to: "c-1"))
        try history.winner("c-3", .document("D3", email: "c@x"))
        let change = try history.beginChange(
            "c-3", 3, from: .document("D3", email: "c@x"), to: UniqueValues([.email("a@x")]))
        let answer = history.answer(change, .email(to: "c-1"))
        history.event(
            "c-3", 4, .document("D3", email: "c@x"),
            .changeRejected(rejected: UniqueValues([.email("a@x")]), .email(to: "c-1")), by: answer)
        let telling = story(of: .key(.email("a@x")), in: history)
        let text = telling.lines.joined(separator: "\n")
        #expect(text.contains("CustomerConfirmed c-1@2"))
        #expect(text.contains("ClaimKey c-1@1/claim/2"))
        #expect(text.contains("RegistrationCompensated c-2@1/compensated"))
        #expect(text.contains("CustomerChangeRejected c-3@4"))
        #expect(!text.contains("c-3@1/claim"))
        #expect(!text.contains("CustomerConfirmed c-3@2"))
        #expect(telling.sentence.hasPrefix("c-1 holds email a@x since 20"))
        #expect(telling.sentence.contains(", c-2 was undone at 20"))
        #expect(telling.sentence.contains(" because c-1 held it, c-3's change to it was rejected at 20"))
        // Whoever wanted it lost another one.
        let other = story(of: .key(.document("D2")), in: history).sentence
        #expect(other.hasPrefix("Nobody holds document D2 since 20"))
        #expect(other.contains(", c-2 was undone at 20") && other.hasSuffix(" because c-1 held its email."))
    }

    @Test("reservations, requests that were refused, and registrations that met the first in its stream")
    func otherStrategies() throws {
        var history = History()
        let request = history.command(
            "StartRegistration", "c-1", id: "1", #"{"values":{"document":"d.1"}}"#, topic: .registrationRequests)
        let process = DeduplicationKey(
            topic: .registrationRequests, customerID: "c-1", source: "/client", id: "1"
        ).description
        history.book(
            process, "c-1",
            .started(strategy: .reserve, values: ValueChanges(.document("D1")), name: nil, version: nil), by: request)
        let asked = try history.ask("c-1", for: .document("D1"), .reservation(process), by: request)
        let key = Story.Subject.key(.document("D1"))
        #expect(story(of: key, in: history).sentence.hasPrefix("document D1 is reserved for c-1 since 20"))
        history.answer(asked)
        let refusal = history.answer(
            try history.ask("c-2", for: .document("D1"), .reservation("p-2"), by: ("/client", "9")),
            .document(to: "c-1"))
        history.book("p-2", "c-2", .rejected(code: "value-taken", .document(to: "c-1")), by: refusal)
        let derived = NameID.customer(of: .document("D1")).description
        let command = history.command("RegisterCustomer", derived, id: "7", #"{"values":{"document":"D1"}}"#)
        history.outcome(derived, command, .rejected(.alreadyRegistered, message: ""))
        let telling = story(of: key, in: history)
        #expect(telling.lines.contains { $0.contains("StartRegistration 1 of /client for c-1: document D1") })
        // It names no value, but its process does.
        #expect(telling.lines.contains { $0.contains("RegistrationRejected p-2/rejected") })
        #expect(telling.sentence.contains(", c-2 is not registered: its request was rejected at 20"))
        #expect(telling.sentence.contains(" as value-taken because c-1 holds its document, "))
        #expect(
            telling.sentence.hasSuffix("1 further registration of it met the first in its own stream and was refused."))
    }

    @Test("one that was given up, and one that nobody ever had") func free() throws {
        var history = History()
        try history.winner("c-1", .document("D1", email: "a@x"))
        let leave = history.command("UnregisterCustomer", "c-1", id: "2", "{}")
        let event = history.event(
            "c-1", 3, .document("D1", email: "a@x"),
            .unregistered(.requested, loss: nil, wanted: nil, reusableFrom: .none), by: leave)
        history.release(.document("D1", email: "a@x"), "c-1", 3, by: event)
        for key in [UniqueKey.document("D1"), .email("a@x")] {
            let telling = story(of: .key(key), in: history)
            #expect(telling.sentence.hasPrefix("Nobody holds \(key.attribute) \(key.value) since 20"))
            #expect(telling.sentence.contains(", c-1 was unregistered as its client asked at 20"))
            // The command names no value, and is part of the story all the same.
            #expect(telling.lines.contains { $0.contains("UnregisterCustomer 2 of /client for c-1") })
        }
        // One value of two attributes is two keys.
        #expect(story(of: .key(.document("a@x")), in: history).lines == ["Nobody holds document a@x."])
    }

    @Test("a change that gives a value up", arguments: [false, true]) func givenUp(rests: Bool) throws {
        var history = History()
        try history.winner("c-1", .document("D1", email: "a@x"))
        let change = history.command("ChangeCustomer", "c-1", id: "2", #"{"values":{"email":null}}"#)
        let wanted = ValueChanges([.init(attribute: "email", value: nil)])
        let started = history.event(
            "c-1", 3, .document("D1", email: "a@x"), .changeStarted(wanted: wanted), by: change)
        #expect(
            story(of: .customer("c-1"), in: history).sentence.contains(
                " and waits for the verdict on no email since 20"))
        let confirm = history.issue("c-1@3", "confirm-change", .confirmChange(version: 3), "c-1", by: started)
        let times = ReuseTimes(rests ? [.init(attribute: "email", from: .never)] : [])
        let changed = history.event(
            "c-1", 4, .document("D1"), .changed(previous: UniqueValues([.email("a@x")]), reusableFrom: times),
            by: confirm)
        history.write(
            .uniqueClaims, "c-1@4/release/email", by: Source.projection, changed, key: "email:a@x",
            KeyWish.release(
                KeyRelease(
                    customerID: "c-1", key: .email("a@x"), ground: .version(4), reusableFrom: times["email"])))
        let customer = story(of: .customer("c-1"), in: history)
        #expect(customer.sentence.hasPrefix("c-1 holds document D1 since 20"))
        #expect(customer.lines.contains { $0.contains("ChangeCustomer 2 of /client for c-1: email given up") })
        let sentence = story(of: .key(.email("a@x")), in: history).sentence
        #expect(sentence.hasPrefix(rests ? "Nobody may take email a@x again" : "Nobody holds email a@x since 20"))
        #expect(sentence.contains(", c-1 gave it up at 20"))
    }
}

/// How deep each entry stands, as the JSON tells it.
private func depths(_ telling: StoryTelling) -> [Int] {
    telling.json.compactMap { json in
        guard let object = try? JSONObject(Array(json.utf8)) else { return nil }
        return object.integer("depth").map(Int.init)
    }
}
