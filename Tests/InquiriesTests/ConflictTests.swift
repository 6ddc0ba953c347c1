import EventLog
import Inquiries
import Messages
import Testing

/// Finds the conflicts of a history, the topics in the order in which the tool reads them.
private func conflicts(
    _ history: History, since: Timestamp? = nil, limit: Int? = nil, _ display: DocumentDisplay = .shown
) -> [Conflict] {
    func records(_ topics: [Topic]) -> [LogRecord] {
        topics.flatMap { topic in history.records.filter { $0.topic == History.names.name(topic) } }
    }
    var verdicts = ConflictVerdicts(names: History.names, since: since, limit: limit, display: display)
    for record in records(ConflictVerdicts.topics) { verdicts.take(record) }
    var endings = ConflictEndings(verdicts, normalization: .alphanumeric)
    for record in records(ConflictEndings.topics) { endings.take(record) }
    return endings.conflicts()
}

/// What is compared of a conflict.
private struct Row: Equatable {
    var loser: String
    var holder: String?
    var way: Conflict.Way
    var ending: Conflict.Ending

    init(_ loser: String, _ holder: String?, _ way: Conflict.Way, _ ending: Conflict.Ending) {
        (self.loser, self.holder, self.way, self.ending) = (loser, holder, way, ending)
    }

    init(_ conflict: Conflict) {
        self.init(conflict.loser, conflict.holder, conflict.way, conflict.ending)
    }
}

@Suite("Conflicts") struct ConflictTests {
    @Test("a compensated registration, with the window from the later registration on") func compensated() {
        var history = History()
        history.winner("c-1", "D1")
        history.loser("c-2", "D1", heldBy: "c-1")
        // c-2 is registered 4 records before its claim is refused, and undone 3 records after that.
        #expect(
            conflicts(history).map(Row.init) == [
                Row("c-2", "c-1", .compensate, .unregistered(window: .seconds(7)))
            ])
    }

    @Test("the window begins with the holder's registration when that is the later one") func windowOfHolder() {
        var history = History()
        let late = history.begin("c-2", "D1")
        let first = history.begin("c-1", "D1")
        let registered = history.now.advanced(by: .seconds(-4))
        history.answer(.claimed, "c-1", 1, "D1", by: first)
        let refused = history.answer(.claimRejected, "c-2", 1, "D1", heldBy: "c-1", by: late)
        let undone = history.now
        history.event(
            "c-2", 2, "D1", .unregistered(reason: .duplicateDocument, heldBy: "c-1"), by: refused)
        let window = Duration.microseconds(undone.microseconds - registered.microseconds)
        #expect(
            conflicts(history).map(Row.init) == [Row("c-2", "c-1", .compensate, .unregistered(window: window))])
    }

    @Test("repeats of at-least-once count once, and nothing that is void") func repeats() {
        var history = History()
        history.winner("c-1", "D1")
        history.loser("c-2", "D1", heldBy: "c-1", repeats: 3)
        // Void: c-1 is told that it lost what it holds; and c-2's stream is written to after its end.
        history.answer(.claimRejected, "c-1", 1, "D1", heldBy: "c-9", by: ("/projection", "c-1@1/claim"))
        history.event("c-2", 2, "D1", .unregistered(reason: .requested, heldBy: nil), by: ("/client", "2"))
        let found = conflicts(history)
        #expect(found.map(\.loser) == ["c-2"])
        #expect(found.first?.ending == .unregistered(window: .seconds(9)))
    }

    @Test("a loser whose client was faster, and one that nobody has undone yet") func leftAndOpen() {
        var history = History()
        history.winner("c-1", "D1")
        let claim = history.begin("c-2", "D1")
        let leave = history.command("UnregisterCustomer", "c-2", id: "2", "{}")
        history.event("c-2", 2, "D1", .unregistered(reason: .requested, heldBy: nil), by: leave)
        history.answer(.claimRejected, "c-2", 1, "D1", heldBy: "c-1", by: claim)
        let other = history.begin("c-3", "D1")
        history.answer(.claimRejected, "c-3", 1, "D1", heldBy: "c-1", by: other)
        #expect(
            conflicts(history).map(Row.init) == [
                Row("c-2", "c-1", .compensate, .left(window: .seconds(5))),
                Row("c-3", "c-1", .compensate, .open),
            ])
    }

    @Test("a reservation that is refused; but not one of what the customer holds itself") func reserve() {
        var history = History()
        history.winner("c-1", "D1")
        for (process, customer) in [("p-1", "c-2"), ("p-2", "c-1"), ("p-3", "c-3")] {
            let claim = history.claim(
                .reserve, customer, nil, "D1", nil, reservation: process, by: ("/client", process))
            let answer = history.answer(
                .reservationRejected, customer, nil, "D1", nil, reservation: process, heldBy: "c-1", by: claim)
            if process == "p-3" { continue }
            history.book(process, customer, .rejected(code: "document-taken", heldBy: "c-1"), by: answer)
        }
        #expect(
            conflicts(history).map(Row.init) == [
                Row("c-2", "c-1", .reserve, .rejected), Row("c-3", "c-1", .reserve, .open),
            ])
    }

    @Test("a change that is rejected, one that ends with its customer, one that is open, one that can't be taken yet")
    func change() {
        var history = History()
        history.winner("c-1", "D1")
        for (index, customer) in ["c-2", "c-3", "c-4", "c-5"].enumerated() {
            let document = "E\(index)"
            history.winner(customer, document)
            let claim = history.beginChange(customer, 3, from: document, to: "D1")
            let holder = customer == "c-5" ? nil : "c-1"
            let answer = history.answer(.claimRejected, customer, 3, "D1", .change, heldBy: holder, by: claim)
            let kind: CustomerEvent.Kind
            switch customer {
            case "c-2", "c-5": kind = .documentChangeRejected(rejected: "D1", heldBy: holder)
            case "c-3": kind = .unregistered(reason: .requested, heldBy: nil, wantedDocument: "D1")
            default: continue
            }
            history.event(customer, 4, document, kind, by: answer)
        }
        #expect(
            conflicts(history).map(Row.init) == [
                Row("c-2", "c-1", .change, .changeRejected), Row("c-3", "c-1", .change, .left(window: nil)),
                Row("c-4", "c-1", .change, .open), Row("c-5", nil, .change, .changeRejected),
            ])
    }

    @Test("a registration that met the first in its own stream, where the id is the document's alone") func derived() {
        var history = History()
        let derived = NameID.customer(ofDocument: "D1").description
        let other = NameID(name: "something else").description
        for customer in [derived, other, "c-1"] {
            history.winner(customer, "D1")
            let second = history.command("RegisterCustomer", customer, id: "2", #"{"document":"d-1"}"#)
            history.outcome(customer, second, .rejected(.alreadyRegistered, message: ""))
            history.outcome(customer, second, .rejected(.alreadyRegistered, message: ""), isDuplicate: true)
        }
        // A mistake, and no conflict: another document under this document's id.
        let stray = history.command("RegisterCustomer", derived, id: "3", #"{"document":"D2"}"#)
        history.outcome(derived, stray, .rejected(.alreadyRegistered, message: ""))
        // Its command is gone; the stream tells the document.
        history.outcome(derived, ("/client", "4"), .rejected(.alreadyRegistered, message: ""))
        let found = conflicts(history)
        #expect(found.map(Row.init) == [Row](repeating: Row(derived, derived, .derived, .rejected), count: 2))
        #expect(found.map(\.command?.id) == ["2", "4"])
        #expect(found.map(\.document.document) == ["D1", "D1"])
    }

    @Test("the newest ones alone, or those since a time") func limits() {
        var history = History()
        history.winner("c-0", "D1")
        var times: [Timestamp] = []
        for index in 1...1_100 {
            let claim = history.begin("c-\(index)", "D1")
            times.append(history.now)
            history.answer(.claimRejected, "c-\(index)", 1, "D1", heldBy: "c-0", by: claim)
        }
        #expect(conflicts(history).count == 1_100)
        #expect(conflicts(history, limit: 3).map(\.loser) == ["c-1098", "c-1099", "c-1100"])
        #expect(conflicts(history, since: times[1_090]).count == 10)
        #expect(conflicts(history, since: times[1_090], limit: 4).map(\.loser).first == "c-1097")
    }

    @Test("documents are told by their hash, unless they are asked for; hostile ids stay in their line") func list() {
        var history = History()
        history.winner("c-1", "SECRET1")
        history.loser("c\u{202E}\u{9C}", "SECRET1", heldBy: "c-1")
        let hidden = ConflictList(conflicts(history, .hidden))
        let hash = DocumentTag("SECRET1", .hidden).hash
        #expect(hash.count == 8)
        #expect(hidden.lines.count == 3)
        #expect(!(hidden.lines + hidden.json).joined().contains("SECRET1"))
        #expect(
            hidden.lines[1].contains("  #\(hash)  c\\u{202e}\\u{9c}  c-1      compensate  unregistered after 7.0 s"))
        #expect(hidden.lines[2] == "1 conflict")
        let shown = ConflictList(conflicts(history, .shown))
        #expect(shown.lines[1].contains("  SECRET1  "))
        #expect(shown.json[0].contains(#""documentHash":"\#(hash)","document":"SECRET1""#))
        #expect(shown.json[0].contains(#""inconsistencyWindowMicroseconds":7000000"#))
    }

    @Test(
        arguments: [
            ("90s", Since.ago(.seconds(90))), ("2h", .ago(.seconds(7_200))), ("7d", .ago(.seconds(604_800))),
            ("2026-01-31T00:00:00Z", .time(Timestamp(microseconds: 1_769_817_600_000_000))), ("", nil), ("h", nil),
            ("-1h", nil), ("1w", nil), ("99999999999999d", nil), ("yesterday", nil), ("+1h", nil),
        ] as [(String, Since?)]) func since(text: String, since: Since?)
    { #expect(Since(text) == since) }
}
