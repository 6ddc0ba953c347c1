import EventLog
import Inquiries
import Messages
import Testing

/// Finds the conflicts of a history, the topics in the order in which the tool reads them.
private func conflicts(
    _ history: History, since: Timestamp? = nil, limit: Int? = nil, _ display: ValueDisplay = .shown
) -> [Conflict] {
    func records(_ topics: [Topic]) -> [LogRecord] {
        topics.flatMap { topic in history.records.filter { $0.topic == History.names.name(topic) } }
    }
    var verdicts = ConflictVerdicts(names: History.names, since: since, limit: limit, display: display)
    for record in records(ConflictVerdicts.topics) { verdicts.take(record) }
    var endings = ConflictEndings(verdicts, declaration: History.declaration)
    for record in records(ConflictEndings.topics) { endings.take(record) }
    return endings.conflicts()
}

/// What is compared of a conflict.
private struct Row: Equatable {
    var lost: String
    var loser: String
    var holder: String?
    var strategy: Conflict.Strategy
    var ending: Conflict.Ending

    init(
        _ loser: String, _ holder: String?, _ strategy: Conflict.Strategy, _ ending: Conflict.Ending,
        lost: String = "document D1"
    ) {
        (self.loser, self.holder, self.strategy, self.ending) = (loser, holder, strategy, ending)
        self.lost = lost
    }

    init(_ conflict: Conflict) {
        self.init(
            conflict.loser, conflict.holder, conflict.strategy, conflict.ending,
            lost: "\(conflict.key.attribute) \(conflict.key.value ?? "")")
    }
}

@Suite("Conflicts") struct ConflictTests {
    private static func unregistered(_ wanted: UniqueValues? = nil) -> CustomerEvent.Kind {
        .unregistered(.requested, loss: nil, wanted: wanted.map { ValueChanges($0) }, reusableFrom: .none)
    }

    @Test("a compensated registration, with the window from the later registration on") func compensated() throws {
        var history = History()
        try history.winner("c-1", .document("D1"))
        try history.loser("c-2", .document("D1"), .document(to: "c-1"))
        // c-2 is registered 4 records before its claim is refused, and undone 3 records after that.
        #expect(
            conflicts(history).map(Row.init) == [
                Row("c-2", "c-1", .compensate, .unregistered(window: .seconds(7)))
            ])
    }

    @Test("of several values it is told which one was lost, and to whom") func several() throws {
        var history = History()
        try history.winner("c-1", .document("D1", email: "a@x"))
        try history.winner("c-2", .document("D2"))
        try history.loser("c-3", .document("D3", email: "a@x"), .email(to: "c-1"))
        try history.loser("c-4", .document("D2", email: "b@x"), .document(to: "c-2"))
        // Nobody has it, but it can't be taken again yet.
        try history.loser("c-5", .document("D5", email: "c@x"), .email(to: nil))
        #expect(
            conflicts(history).map(Row.init) == [
                // One claim more.
                Row("c-3", "c-1", .compensate, .unregistered(window: .seconds(8)), lost: "email a@x"),
                Row("c-4", "c-2", .compensate, .unregistered(window: .seconds(7)), lost: "document D2"),
                Row("c-5", nil, .compensate, .unregistered(window: .seconds(8)), lost: "email c@x"),
            ])
    }

    @Test("the window begins with the holder's registration when that is the later one") func windowOfHolder() throws {
        var history = History()
        let late = try history.begin("c-2", .document("D1"))
        let first = try history.begin("c-1", .document("D1"))
        let registered = history.now.advanced(by: .seconds(-4))
        history.answer(first)
        let loss = Loss.document(to: "c-1")
        let refused = history.answer(late, loss)
        let undone = history.now
        history.event(
            "c-2", 2, .document("D1"), .unregistered(.duplicate, loss: loss, wanted: nil, reusableFrom: .none),
            by: refused)
        let window = Duration.microseconds(undone.microseconds - registered.microseconds)
        #expect(
            conflicts(history).map(Row.init) == [Row("c-2", "c-1", .compensate, .unregistered(window: window))])
    }

    @Test("repeats of at-least-once count once, and nothing that is void") func repeats() throws {
        var history = History()
        let won = try history.winner("c-1", .document("D1"))
        try history.loser("c-2", .document("D1"), .document(to: "c-1"), repeats: 3)
        // Void: c-1 is told that it lost what it holds; and c-2's stream is written to after its end.
        history.answer(won, .document(to: "c-9"))
        history.event("c-2", 2, .document("D1"), Self.unregistered(), by: ("/client", "2"))
        let found = conflicts(history)
        #expect(found.map(\.loser) == ["c-2"])
        #expect(found.first?.ending == .unregistered(window: .seconds(9)))
    }

    @Test("a loser whose client was faster, and one that nobody has undone yet") func leftAndOpen() throws {
        var history = History()
        try history.winner("c-1", .document("D1"))
        let asked = try history.begin("c-2", .document("D1"))
        let leave = history.command("UnregisterCustomer", "c-2", id: "2", "{}")
        history.event("c-2", 2, .document("D1"), Self.unregistered(), by: leave)
        history.answer(asked, .document(to: "c-1"))
        history.answer(try history.begin("c-3", .document("D1")), .document(to: "c-1"))
        #expect(
            conflicts(history).map(Row.init) == [
                Row("c-2", "c-1", .compensate, .left(window: .seconds(5))),
                Row("c-3", "c-1", .compensate, .open),
            ])
    }

    @Test("a reservation that is refused; but not one of what the customer holds itself") func reserve() throws {
        var history = History()
        try history.winner("c-1", .document("D1", email: "a@x"))
        for (process, customer) in [("p-1", "c-2"), ("p-2", "c-1"), ("p-3", "c-3")] {
            let asked = try history.ask(
                customer, for: .document("D\(customer)", email: "a@x"), .reservation(process), by: ("/client", process))
            let answer = history.answer(asked, .email(to: "c-1"))
            if process == "p-3" { continue }
            history.book(process, customer, .rejected(code: "value-taken", .email(to: "c-1")), by: answer)
        }
        #expect(
            conflicts(history).map(Row.init) == [
                Row("c-2", "c-1", .reserve, .rejected, lost: "email a@x"),
                Row("c-3", "c-1", .reserve, .open, lost: "email a@x"),
            ])
    }

    @Test("a change that is rejected, one that ends with its customer, one that is open, one that can't be taken yet")
    func change() throws {
        var history = History()
        try history.winner("c-1", .document("D1"))
        for (index, customer) in ["c-2", "c-3", "c-4", "c-5"].enumerated() {
            let values = UniqueValues.document("E\(index)")
            try history.winner(customer, values)
            let asked = try history.beginChange(customer, 3, from: values, to: .document("D1"))
            let loss = Loss.document(to: customer == "c-5" ? nil : "c-1")
            let answer = history.answer(asked, loss)
            let kind: CustomerEvent.Kind
            switch customer {
            case "c-2", "c-5": kind = .changeRejected(rejected: .document("D1"), loss)
            case "c-3": kind = Self.unregistered(.document("D1"))
            default: continue
            }
            history.event(customer, 4, values, kind, by: answer)
        }
        #expect(
            conflicts(history).map(Row.init) == [
                Row("c-2", "c-1", .change, .changeRejected), Row("c-3", "c-1", .change, .left(window: nil)),
                Row("c-4", "c-1", .change, .open), Row("c-5", nil, .change, .changeRejected),
            ])
    }

    @Test("a registration that met the first in its own stream, where the id is the first value's alone")
    func derived() throws {
        var history = History()
        let derived = NameID.customer(of: .document("D1")).description
        let other = NameID(name: "something else").description
        // Made of a value that is not the first one: some id of the client's.
        let ofEmail = NameID.customer(of: .email("a@x")).description
        for customer in [derived, other, ofEmail, "c-1"] {
            try history.winner(customer, .document("D1", email: customer == derived ? nil : "a@x"))
            let second = history.command(
                "RegisterCustomer", customer, id: "2", #"{"values":{"document":"d-1"}}"#)
            history.outcome(customer, second, .rejected(.alreadyRegistered, message: ""))
            history.outcome(customer, second, .rejected(.alreadyRegistered, message: ""), isDuplicate: true)
        }
        // A mistake, and no conflict: another value under this one's id.
        let stray = history.command("RegisterCustomer", derived, id: "3", #"{"values":{"document":"D2"}}"#)
        history.outcome(derived, stray, .rejected(.alreadyRegistered, message: ""))
        // Its command is gone; the stream tells the value.
        history.outcome(derived, ("/client", "4"), .rejected(.alreadyRegistered, message: ""))
        let found = conflicts(history)
        #expect(found.map(Row.init) == [Row](repeating: Row(derived, derived, .derived, .rejected), count: 2))
        #expect(found.map(\.command?.id) == ["2", "4"])
    }

    @Test("the newest ones alone, or those since a time") func limits() throws {
        var history = History()
        try history.winner("c-0", .document("D1"))
        var times: [Timestamp] = []
        for index in 1...1_100 {
            let asked = try history.begin("c-\(index)", .document("D1"))
            times.append(history.now)
            history.answer(asked, .document(to: "c-0"))
        }
        #expect(conflicts(history).count == 1_100)
        #expect(conflicts(history, limit: 3).map(\.loser) == ["c-1098", "c-1099", "c-1100"])
        #expect(conflicts(history, since: times[1_090]).count == 10)
        #expect(conflicts(history, since: times[1_090], limit: 4).map(\.loser).first == "c-1097")
    }

    @Test("values are told by their hash, unless they are asked for; hostile ids stay in their line")
    func list() throws {
        var history = History()
        try history.winner("c-1", .document("D1", email: "secret@x"))
        try history.loser("c\u{202E}\u{9C}", .document("D2", email: "secret@x"), .email(to: "c-1"))
        let hidden = ConflictList(conflicts(history, .hidden))
        let hash = KeyTag(.email("secret@x"), .hidden).hash
        #expect(hash.count == 8)
        // One value of two attributes is two keys.
        #expect(hash != KeyTag(.document("secret@x"), .hidden).hash)
        #expect(hidden.lines.count == 3)
        #expect(!(hidden.lines + hidden.json).joined().contains("secret"))
        #expect(
            hidden.lines[1].contains(
                "  email #\(hash)  c\\u{202e}\\u{9c}  c-1      compensate  unregistered after 8.0 s"))
        #expect(hidden.lines[2] == "1 conflict")
        let shown = ConflictList(conflicts(history, .shown))
        #expect(shown.lines[1].contains("  email secret@x  "))
        #expect(shown.json[0].contains(#""attribute":"email","valueHash":"\#(hash)","value":"secret@x""#))
        #expect(shown.json[0].contains(#""inconsistencyWindowMicroseconds":8000000"#))
    }

    @Test(
        arguments: [
            ("90s", Since.ago(.seconds(90))), ("2h", .ago(.seconds(7_200))), ("7d", .ago(.seconds(604_800))),
            ("2026-01-31T00:00:00Z", .time(Timestamp(microseconds: 1_769_817_600_000_000))), ("", nil), ("h", nil),
            ("-1h", nil), ("1w", nil), ("99999999999999d", nil), ("yesterday", nil), ("+1h", nil),
        ] as [(String, Since?)]) func since(text: String, since: Since?)
    { #expect(Since(text) == since) }
}
