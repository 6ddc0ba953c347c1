import EventLog
import Messages
import Testing

@testable import Auditing

@Suite("A history in which nothing is wrong")
struct CleanTests {
    @Test("holds, and says how much it looked at") func holds() {
        let report = History.clean().audit()
        expect(report, broken: [], exitCode: 0)
        #expect(report.isAtRest && report.holds)
        #expect(report.rows.map(\.invariant) == AuditReport.Invariant.allCases)
        #expect(report[.u1]?.examinedText == "3 confirmed customers")
        #expect(report[.u3]?.examinedText == "1 losers")
        #expect(report[.u5]?.examinedText == "9 events of 4 customers")
        #expect(report[.u7]?.examinedText == "2 entries of the index")
    }

    @Test("holds, by whatever strategy a key went", arguments: CleanHistory.allCases)
    func strategies(clean: CleanHistory) {
        let history = clean.history
        expect(history.audit(), broken: [], exitCode: 0)
        // Told so far, at each of its records: not finished is not broken.
        var auditor = Auditor(names: history.names, declaration: History.declaration)
        for record in history.records {
            auditor.observe(record)
            let soFar = auditor.verdict(groupOffsets: [:])
            #expect(soFar.exitCode == 3, "\(soFar.text())")
        }
    }

    @Test("is judged alike in whatever order the partitions are read", arguments: CleanHistory.allCases, 0..<6)
    func interleaving(clean: CleanHistory, seed: Int) {
        let history = clean.history
        var generator = Generator(seed: UInt64(seed))
        var auditor = Auditor(names: history.names, declaration: History.declaration)
        var queues: [[LogRecord]] = []
        for record in history.records {
            if let index = queues.firstIndex(where: { $0.first?.topicPartition == record.topicPartition }) {
                queues[index].append(record)
            } else {
                queues.append([record])
            }
        }
        // A record that nobody has taken yet keeps the system from being at rest all along.
        if let first = queues.firstIndex(where: { $0.first?.topic == "t.customer-events" }) {
            auditor.observe(queues[first].removeFirst())
        }
        while !queues.isEmpty {
            let index = Int(generator.next() % UInt64(queues.count))
            if !queues[index].isEmpty { auditor.observe(queues[index].removeFirst()) }
            if queues[index].isEmpty { queues.remove(at: index) }
            // Asked in between: not finished is not broken.
            let soFar = auditor.verdict(groupOffsets: [:])
            #expect(soFar.exitCode == 3, "\(soFar.text())")
        }
        #expect(auditor.verdict(groupOffsets: history.groupOffsets) == history.audit())
    }

    @Test("holds with every record of a service repeated", arguments: CleanHistory.allCases)
    func repeats(clean: CleanHistory) {
        var history = clean.history
        let services: Set = ["command-service", "process-manager", "projection"]
        for record in history.records {
            guard let topic = history.names.topic(record.topic), !topic.isDeadLetter, !topic.isWrittenByClients,
                topic != .uniqueIndex, let value = record.value,
                let source = (try? JSONObject(value))?.text("source"), services.contains(String(source.dropFirst()))
            else { continue }
            history.append(topic, key: record.key, value: value)
        }
        let report = history.audit()
        expect(report, broken: [], exitCode: 0)
        guard clean == .compensate else { return }
        #expect(report[.u5]?.notes == ["9 equal repeats of events, dropped"])
        #expect(report[.u2]?.notes.count == 2)
        #expect(report[.u4]?.notes.contains("9 equal repeats of outcomes, dropped") == true, "\(report.text())")
    }

    @Test("holds when the index wrote its entries again") func entriesAgain() {
        var history = History.clean()
        for record in history.records where record.topic == "t.unique-index" {
            history.append(.uniqueIndex, key: record.key, value: record.value, headers: record.headers)
        }
        expect(history.audit(), broken: [], exitCode: 0)
    }

    @Test("holds when a partition is read again") func readAgain() {
        let history = History.clean()
        var auditor = Auditor(names: history.names, declaration: History.declaration)
        for record in history.records + history.records { auditor.observe(record) }
        #expect(auditor.verdict(groupOffsets: history.groupOffsets) == history.audit())
    }

    @Test("holds without the commands that retention took", arguments: CleanHistory.allCases)
    func retention(clean: CleanHistory) {
        var history = clean.history
        let taken: Set = ["t.customer-commands", "t.process-commands", "t.registration-requests"]
        history.records.removeAll { taken.contains($0.topic) }
        expect(history.audit(), broken: [], exitCode: 0)
    }

    @Test("may have void events, which are noted") func void() throws {
        var history = History.clean()
        try history.again(.customerEvents, "c-1@2") {
            $0.replacing("c-1@1/confirm", with: "other").replacing("D1", with: "D9")
        }
        let report = history.audit()
        expect(report, broken: [], exitCode: 0)
        #expect(report[.u5]?.notes.first?.hasPrefix("1 void events") == true)
    }

    @Test("may have a void outcome before the true one") func voidOutcome() {
        var history = History()
        let sent = history.winner("c-1", "D1")
        let index = history.records.firstIndex { $0.topic == "t.command-outcomes" }
        let accepted = index.map { history.records.remove(at: $0) }
        history.outcome(sent, .rejected(.alreadyRegistered, message: "no"))
        #expect(history.audit().broken == [.u4])
        history.append(.commandOutcomes, key: accepted?.key, value: accepted?.value)
        let report = history.audit()
        expect(report, broken: [], exitCode: 0)
        #expect(report[.u4]?.notes == ["1 void outcomes: the first with the id counts"])
    }

    @Test("is named by customers and places, never by a document") func personalData() throws {
        var history = History.clean()
        let secret = "SECRETDOCUMENT"
        history.winner("c-8", secret)
        history.winner("c-9", secret)
        try history.replace(.uniqueClaims, "c-9@1/claim", "/projection", "/forged")
        history.holder("c-9", secret, 1)
        let report = history.audit()
        #expect(report.exitCode == 1)
        #expect(!report.text().contains(secret))
        #expect(!String(decoding: report.json(), as: UTF8.self).contains(secret))
    }
}

/// SplitMix64.
struct Generator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
