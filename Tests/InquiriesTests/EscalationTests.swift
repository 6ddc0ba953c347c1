import EventLog
import Inquiries
import Messages
import Testing

@Suite("Escalations") struct EscalationTests {
    private static func search(_ history: History) -> EscalationSearch {
        var search = EscalationSearch(names: History.names)
        for record in history.records { search.take(record) }
        return search
    }

    /// A process whose command nobody answers.
    private static func unanswered(_ customer: String, in history: inout History, attempts: Int64 = 7) throws {
        let answer = history.answer(try history.begin(customer, .document("D-\(customer)")))
        for attempt in 1...attempts {
            history.issue("\(customer)@1", "confirm", .confirm(version: 1), customer, by: answer, attempt: attempt)
        }
        history.book("\(customer)@1", customer, .escalated(reason: "no-answer"), by: answer)
    }

    @Test("since when, how often sent, and what can be done; those that go well are none") func unended() throws {
        var history = History()
        try history.winner("c-1", .document("D1"))
        try history.loser("c-2", .document("D1"), .document(to: "c-1"))
        try Self.unanswered("c-3", in: &history)
        let since = history.now.advanced(by: .seconds(-1))
        history.issue("c-3@1", "confirm", .confirm(version: 1), "c-3", by: ("/projection", "x"), attempt: 8)
        let found = Self.search(history).escalations(.unended)
        try #require(found.count == 1)
        #expect(found[0].process == "c-3@1")
        #expect(found[0].customerID == "c-3")
        #expect(found[0].since == since)
        #expect(found[0].reason == "no-answer")
        #expect(found[0].command?.type == "ConfirmCustomer")
        #expect(found[0].command?.id == "c-3@1/confirm")
        #expect(found[0].command?.attempts == 8)
        #expect(found[0].advice.contains("ConfirmCustomer"))
    }

    @Test("one that ended is told on demand; a repeat of what came before its end opens nothing") func ended() throws {
        var history = History()
        try Self.unanswered("c-1", in: &history)
        history.book("c-1@1", "c-1", .completed, by: ("/command-service", "c-1@2"))
        let first = history.records.filter { $0.topic == History.names.name(.registrationEvents) }
        try Self.unanswered("c-2", in: &history, attempts: 1)
        // At-least-once: the book holds everything about c-1 twice, up to its escalation.
        for record in first.dropLast() {
            history.append(.registrationEvents, key: record.key, value: record.value)
        }
        let search = Self.search(history)
        #expect(search.escalations(.unended).map(\.customerID) == ["c-2"])
        #expect(search.escalations(.all).map(\.customerID) == ["c-1", "c-2"])
        #expect(search.escalations(.all).first?.ending == .completed)
        #expect(search.escalations(.all).first?.command?.attempts == 7)
        let lines = EscalationList(search.escalations(.all)).lines
        #expect(lines[1].contains("completed at "))
        #expect(lines[2].hasSuffix("not yet"))
        #expect(lines.last?.hasPrefix("no-answer: ") == true)
    }

    @Test("what a frozen instance writes after the end of a process is void") func void() throws {
        var history = History()
        try history.winner("c-1", .document("D1"))
        history.book("c-1@1", "c-1", .escalated(reason: "no-answer"), by: ("/projection", "x"))
        #expect(Self.search(history).escalations(.all).isEmpty)
    }

    @Test(
        "every reason has its advice, one of a later version too",
        arguments: RejectionCode.known.map(\.rawValue) + ["no-answer", "odd\u{7}"])
    func advice(reason: String) throws {
        var history = History()
        let asked = try history.begin("c-1", .document("D1"))
        history.book("c-1@1", "c-1", .escalated(reason: reason), by: asked.last)
        let found = Self.search(history).escalations(.unended)
        #expect(found.map(\.reason) == [reason])
        let list = EscalationList(found)
        #expect(list.lines.count == 4)
        #expect(list.lines[3].count > reason.count + 40)
        #expect(!list.lines.joined().contains("\u{7}"))
        #expect(list.json.count == 1)
    }
}
