import EventLog
import Foundation
import Messages
import Testing

@testable import Auditing

@Suite("The report")
struct ReportTests {
    @Test("Each input of each group keeps the system from being at rest", arguments: ConsumerGroup.allCases)
    func inputs(group: ConsumerGroup) {
        let history = History.clean()
        for (partition, offset) in history.groupOffsets[group] ?? [:] {
            for behind in [nil, offset - 1] {
                var offsets = history.groupOffsets
                offsets[group]?[partition] = behind
                let report = history.audit(groupOffsets: offsets)
                expect(report, broken: [], exitCode: 3)
                #expect(report.restReasons.count == 1)
                #expect(
                    report.restReasons[0].hasPrefix(
                        "\(partition) goes to \(offset - 1), and t.\(group.rawValue) has taken"))
            }
        }
    }

    @Test("What could not be read is no rest: a verdict on a part of the history is none") func unread() {
        let auditor = Auditor(names: DeploymentNames(prefix: "t."), declaration: History.declaration)
        let place = TopicPartition(topic: "t.customer-events", partition: 2)
        let nothing = auditor.verdict(groupOffsets: [:])
        #expect(nothing.isAtRest && nothing.holds && nothing.exitCode == 3, "what says nothing proves nothing")
        #expect(nothing.text().contains("nothing to examine"))
        let report = auditor.verdict(groupOffsets: [:], unread: [place: 7])
        #expect(report.exitCode == 3)
        #expect(!report.isAtRest)
        #expect(report.restReasons == ["t.customer-events/2 ends at 7 and could not be read up to there"])
    }

    @Test("Offsets beyond a transaction's marker are at rest") func markers() {
        let history = History.clean()
        let offsets = history.groupOffsets.mapValues { $0.mapValues { $0 + 1 } }
        expect(history.audit(groupOffsets: offsets), broken: [], exitCode: 0)
    }

    @Test("A deadline that runs is no rest, an escalated one neither") func deadlines() throws {
        var history = History.clean()
        try history.remove(.registrationEvents, "c-4@1/completed")
        let report = history.audit()
        expect(report, broken: [], exitCode: 3)
        #expect(
            report.restReasons.count == 1 && report.restReasons[0].contains("runs for c-4 at t.registration-events/"))
        history.process("c-4", .escalated(reason: "no-answer"), id: "escalated")
        #expect(history.audit().restReasons.first?.contains("c-4, escalated") == true)
        history.process("c-4", .refused("superseded"), id: "rejected")
        expect(history.audit(), broken: [], exitCode: 0)
    }

    @Test("Reasons and violations are bounded, and the same in any order") func bounds() {
        var history = History.clean()
        for number in 10..<60 {
            history.holder("c-1", "E\(number)", 5)
            _ = history.processCommand(.confirm, "x-\(number)", "F\(number)")
        }
        let report = history.audit()
        #expect(report.restReasons.count == AuditReport.reasonLimit + 1)
        #expect(report.restReasons.last == "… and 30 more")
        let count = report[.u7]?.violationCount ?? 0
        #expect(count > AuditReport.violationLimit)
        #expect(report[.u7]?.violations.count == AuditReport.violationLimit)
        let places = report[.u7]?.violations.compactMap(\.places.first) ?? []
        #expect(places == places.sorted())
        #expect(report.text().contains("… and \(count - AuditReport.violationLimit) more"))
    }

    @Test("is JSON with a row for each guarantee") func json() throws {
        var history = History.clean()
        history.holder("c-2", "D1", history.lastClaim)
        let bytes = history.audit().json()
        let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(object["atRest"] as? Bool == true)
        #expect(object["holds"] as? Bool == false)
        let rows = try #require(object["rows"] as? [[String: Any]])
        #expect(rows.compactMap { $0["invariant"] as? String } == ["U1", "U2", "U3", "U4", "U5", "U6", "U7", "U9"])
        let row = try #require(rows.first { $0["invariant"] as? String == "U7" })
        #expect(row["violationCount"] as? Int == 2)
        let violations = try #require(row["violations"] as? [[String: Any]])
        #expect((violations.first?["places"] as? [String])?.first?.hasPrefix("t.unique-index/") == true)
        #expect(bytes == history.audit().json())
    }

    @Test("keeps its table within the width") func width() {
        let lines = History.clean().audit().text(width: 80).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.count { $0.hasPrefix("✓ U") } == 8)
        #expect(grouped(0) == "0" && grouped(999) == "999" && grouped(1_234_567) == "1,234,567")
    }

    @Test("Offsets and versions at the ends of their range crash nobody") func extremes() throws {
        let most = "\(Int64.max)"
        var history = History.clean()
        try history.again(.customerEvents, "c-4@2") { $0.replacing(#""version":2"#, with: #""version":\#(most)"#) }
        try history.again(.customerEvents, "c-4@2") { $0.replacing(#""version":2"#, with: #""version":5"#) }
        try history.again(
            .commandOutcomes,
            "\(DeduplicationKey(topic: .customerCommands, customerID: "c-5", source: "/client", id: "odd"))/outcome"
        ) {
            $0.replacing("CommandRejected", with: "CommandAccepted").replacing(
                #""code":"#, with: #""events":["c-5@\#(most)"],"code":"#)
        }
        history.holder("c-1", "D1", Int64.max)
        history.holder("c-1", "D1", Int64.min)
        history.records.append(
            LogRecord(topic: "t.unique-claims", partition: -1, offset: .min, key: nil, value: nil))
        var stray = history.records[try history.index(.uniqueClaims, "c-1@1/claim")]
        stray.partition = 7
        history.records.append(stray)
        stray.partition = -7
        history.records.append(stray)
        #expect(history.audit().exitCode == 1)
    }
}
