import EventLog
import Inquiries
import Messages
import Testing

/// Reads a story as the tool does: stage by stage, nothing but what the story asks for.
func story(
    of subject: Story.Subject, in history: History, _ display: DocumentDisplay = .shown,
    noting: (TopicPartition) -> Void = { _ in }
) -> StoryTelling {
    var story = Story(
        of: subject, names: History.names, partitionCount: History.partitionCount, normalization: .alphanumeric)
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
        history.winner("c-1", "D1")
        history.loser("c-2", "D1", heldBy: "c-1")
        let telling = story(of: .customer("c-2"), in: history)
        #expect(
            outline(telling)
                == [
                    "RegisterCustomer 1 of /client for c-2", "CustomerRegistered c-2@1",
                    "CommandAccepted \(key("c-2"))/outcome for c-2", "ClaimDocument c-2@1/claim",
                    "RegistrationStarted c-2@1/started", "DocumentClaimRejected c-2@1/claim/rejected",
                    "RegistrationCommandIssued c-2@1/\(issuedSize(history))/issued/1",
                    "UnregisterCustomer c-2@1/unregister", "CustomerUnregistered c-2@2",
                    "ReleaseDocument c-2@2/release", "RegistrationCompensated c-2@1/compensated",
                ])
        #expect(depths(telling) == [0, 1, 1, 2, 2, 3, 4, 4, 5, 6, 6])
        #expect(telling.sentence.hasPrefix("c-2 was undone at 20"))
        #expect(telling.sentence.hasSuffix(" because c-1 holds document D1."))
    }

    private func key(_ customer: String) -> String {
        DeduplicationKey(topic: .customerCommands, customerID: customer, source: "/client", id: "1").description
    }

    private func issuedSize(_ history: History) -> Int {
        let record = history.records.last { $0.topic == History.names.name(.processCommands) }
        return record?.value?.count ?? 0
    }

    @Test("only the partitions that can hold it are read") func partitions() {
        var history = History()
        history.winner("c-1", "D1")
        var places: Set<TopicPartition> = []
        _ = story(of: .customer("c-1"), in: history) { places.insert($0) }
        let rest = places.filter { !$0.topic.hasSuffix("-dead-letter") }
        let keyed = Topic.allCases.filter {
            !$0.isDeadLetter && ![.deployment, .documentClaims, .documentIndex].contains($0)
        }
        let expected =
            keyed.map { History.place($0, "c-1") }
            + [Topic.documentClaims, .documentIndex].map { History.place($0, "document:D1") }
        #expect(rest == Set(expected))
    }

    @Test("a winner, with what it holds; documents and names stay hidden") func winner() {
        var history = History()
        history.winner("c-1", "SECRET1")
        let telling = story(of: .customer("c-1"), in: history, .hidden)
        let hash = DocumentTag("SECRET1", .hidden).hash
        #expect(telling.sentence.hasPrefix("c-1 holds document #\(hash) since 20"))
        #expect(telling.lines.contains { $0.contains("DocumentHolder c-1@1/claim/holder: status claimed, document #") })
        #expect(!(telling.lines + telling.json).joined().contains("SECRET1"))
        #expect(!(telling.lines + telling.json).joined().contains("Ana"))
        #expect(story(of: .customer("c-1"), in: history).json.joined().contains(#""document":"SECRET1""#))
    }

    @Test("repeats are marked; a second command under one name, and an event that is void, as what they are")
    func repeats() {
        var history = History()
        history.winner("c-1", "D1")
        history.command("RegisterCustomer", "c-1", id: "1", #"{"document":"d-1","name":"Ana"}"#)
        history.command("RegisterCustomer", "c-1", id: "1", #"{"document":"D2"}"#)
        history.event("c-1", 2, "D1", .confirmed, by: ("/process-manager", "c-1@1/confirm"))
        history.event(
            "c-1", 2, "D1", .unregistered(reason: .requested, heldBy: nil), by: ("/process-manager", "c-1@1/confirm"))
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
            headers: [RecordHeader("origin", "t.customer-commands/\(away)/\(offset)")])
        history.outcome("c-1", ("/client", "1"), .rejected(.notRegistered, message: ""))
        let garbage = history.append(
            .customerCommands, key: Array("c-1".utf8), value: Array("\u{1B}]0;x".utf8), partition: away)
        history.append(
            .customerCommandsDeadLetter, key: garbage.key, value: garbage.value,
            headers: [
                RecordHeader("dead-letter-reason", "malformed"),
                RecordHeader("dead-letter-topic", "t.customer-commands"),
                RecordHeader("dead-letter-partition", "\(away)"),
                RecordHeader("dead-letter-offset", "\(garbage.offset)"),
            ], partition: away)
        let telling = story(of: .customer("c-1"), in: history)
        #expect(depths(telling) == [0, 1, 2, 0, 1])
        #expect(telling.lines[1].hasSuffix("[misrouted]"))
        #expect(telling.lines[2].contains("origin t.customer-commands/\(away)/\(offset)"))
        #expect(telling.lines[5].contains("dead letter for c-1: reason malformed"))
        #expect(
            telling.sentence.hasPrefix("c-1 is not registered: its last command was refused at 20"))
        #expect(telling.sentence.hasSuffix(" as not-registered."))
    }

    @Test("one that waits, one that needs a person, and one that nobody knows") func waiting() {
        var history = History()
        let claim = history.begin("c-1", "D1")
        #expect(story(of: .customer("c-1"), in: history).sentence.hasSuffix(" and waits for the verdict."))
        history.book("c-1@1", "c-1", .escalated(reason: "no-answer"), by: claim)
        #expect(
            story(of: .customer("c-1"), in: history).sentence.hasSuffix("; its process needs a person (no-answer)."))
        let nobody = story(of: .customer("c-9\u{7}"), in: history)
        #expect(nobody.isEmpty)
        #expect(nobody.lines == ["Nothing is known of c-9\\u{7}."])
    }

    @Test("a command that is sent again stands where it was sent again, though it has its first time") func resent() {
        var history = History()
        let claim = history.begin("c-1", "D1")
        let answer = history.answer(.claimed, "c-1", 1, "D1", by: claim)
        _ = history.issue("c-1@1", "confirm", .confirm, "c-1", 1, "D1", by: answer)
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
        let command = history.command("RegisterCustomer", "c-1", id: "1", #"{"document":"D1"}"#)
        history.now = history.now.advanced(by: .seconds(-3_600))
        history.event("c-1", 1, "D1", .registered(name: nil, status: .pending, reservation: nil), by: command)
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

@Suite("The story of a document") struct DocumentStoryTests {
    @Test("who holds it, who was undone, and nothing that is about other documents") func document() {
        var history = History()
        history.winner("c-1", "D1")
        history.loser("c-2", "D1", heldBy: "c-1")
        history.winner("c-3", "D3")
        let change = history.beginChange("c-3", 3, from: "D3", to: "D1")
        let answer = history.answer(.claimRejected, "c-3", 3, "D1", .change, heldBy: "c-1", by: change)
        history.event("c-3", 4, "D3", .documentChangeRejected(rejected: "D1", heldBy: "c-1"), by: answer)
        let telling = story(of: .document("D1"), in: history)
        let text = telling.lines.joined(separator: "\n")
        #expect(text.contains("CustomerConfirmed c-1@2"))
        #expect(text.contains("RegistrationCompensated c-2@1/compensated"))
        #expect(text.contains("CustomerDocumentChangeRejected c-3@4"))
        #expect(!text.contains("c-3@1/claim"))
        #expect(!text.contains("CustomerConfirmed c-3@2"))
        #expect(telling.sentence.hasPrefix("c-1 holds document D1 since 20"))
        #expect(telling.sentence.contains(", c-2 was undone at 20"))
        #expect(telling.sentence.contains(" because c-1 held it, c-3's change to it was rejected at 20"))
    }

    @Test("reservations, requests that were refused, and registrations that met the first in its stream")
    func otherWays() {
        var history = History()
        let request = history.command(
            "StartRegistration", "c-1", id: "1", #"{"document":"d.1"}"#, topic: .registrationRequests)
        let process = DeduplicationKey(
            topic: .registrationRequests, customerID: "c-1", source: "/client", id: "1"
        ).description
        history.book(
            process, "c-1", .started(strategy: .reserve, document: "D1", name: nil, version: nil), by: request)
        let claim = history.claim(.reserve, "c-1", nil, "D1", nil, reservation: process, by: request)
        #expect(story(of: .document("D1"), in: history).sentence.hasPrefix("Document D1 is reserved for c-1 since 20"))
        history.answer(.reserved, "c-1", nil, "D1", nil, reservation: process, by: claim)
        let other = history.claim(.reserve, "c-2", nil, "D1", nil, reservation: "p-2", by: ("/client", "9"))
        let refusal = history.answer(
            .reservationRejected, "c-2", nil, "D1", nil, reservation: "p-2", heldBy: "c-1", by: other)
        history.book("p-2", "c-2", .rejected(code: "document-taken", heldBy: "c-1"), by: refusal)
        let derived = NameID.customer(ofDocument: "D1").description
        let command = history.command("RegisterCustomer", derived, id: "7", #"{"document":"D1"}"#)
        history.outcome(derived, command, .rejected(.alreadyRegistered, message: ""))
        let telling = story(of: .document("D1"), in: history)
        #expect(telling.lines.contains { $0.contains("StartRegistration 1 of /client for c-1: document D1") })
        // It names no document, but its process does.
        #expect(telling.lines.contains { $0.contains("RegistrationRejected p-2/rejected") })
        #expect(telling.sentence.contains(", c-2 is not registered: its request was rejected at 20"))
        #expect(telling.sentence.contains(" as document-taken because c-1 holds the document, "))
        #expect(
            telling.sentence.hasSuffix("1 further registration of it met the first in its own stream and was refused."))
    }

    @Test("a document that was given up, and one that nobody ever had") func free() {
        var history = History()
        history.winner("c-1", "D1")
        let leave = history.command("UnregisterCustomer", "c-1", id: "2", "{}")
        let event = history.event("c-1", 3, "D1", .unregistered(reason: .requested, heldBy: nil), by: leave)
        history.claim(.release, "c-1", 3, "D1", by: event)
        let telling = story(of: .document("D1"), in: history)
        #expect(telling.sentence.hasPrefix("Nobody holds document D1 since 20"))
        #expect(telling.sentence.contains(", c-1 was unregistered as its client asked at 20"))
        // The command names no document, and is part of the story all the same.
        #expect(telling.lines.contains { $0.contains("UnregisterCustomer 2 of /client for c-1") })
        #expect(story(of: .document("D9"), in: history).lines == ["Nobody holds document D9."])
    }
}

/// How deep each entry stands, as the JSON tells it.
private func depths(_ telling: StoryTelling) -> [Int] {
    telling.json.compactMap { json in
        guard let object = try? JSONObject(Array(json.utf8)) else { return nil }
        return object.integer("depth").map(Int.init)
    }
}
