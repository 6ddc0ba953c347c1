internal import Messages
internal import Printing

/// Escalations for people and for programs.
public struct EscalationList: Sendable {
    private let escalations: [Escalation]

    public init(_ escalations: [Escalation]) { self.escalations = escalations }

    /// Lines for people: a table, and what can be done about each reason that is in it. Empty when there are none.
    public var lines: [String] {
        if escalations.isEmpty { return [] }
        let rows = escalations.map { escalation in
            [
                escalation.since.description, column(escalation.customerID), column(escalation.process),
                column(escalation.reason), column(escalation.command?.type ?? ""),
                escalation.command.map { String($0.attempts) } ?? "-", escalation.command?.time.description ?? "-",
                escalation.ending.map { "\(column($0.text)) at \(escalation.endedAt?.description ?? "-")" }
                    ?? "not yet",
            ]
        }
        let titles = ["SINCE", "CUSTOMER", "PROCESS", "REASON", "LAST COMMAND", "SENT", "LAST SENT", "ENDED"]
        var lines = TextTable(titles: titles, rows: rows).lines
        var advised: Set<String> = []
        for escalation in escalations where escalation.ending == nil {
            let advice = escalation.advice
            guard advised.insert(advice).inserted else { continue }
            lines.append("")
            lines.append("\(column(escalation.reason)): \(PrintableText.escaped(advice, limit: 1_000))")
        }
        return lines
    }

    /// One JSON object for each escalation.
    public var json: [String] {
        escalations.map { escalation in
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("since", escalation.since.description)
            writer.member("customerId", escalation.customerID)
            writer.member("process", escalation.process)
            writer.member("reason", escalation.reason)
            if let command = escalation.command {
                writer.beginObject("lastCommand")
                writer.member("type", command.type)
                writer.member("id", command.id)
                writer.member("topic", command.topic.rawValue)
                writer.member("attempts", command.attempts)
                writer.member("time", command.time.description)
                writer.endObject()
            }
            writer.member("ended", escalation.ending?.text)
            writer.member("endedAt", escalation.endedAt?.description)
            if escalation.ending == nil { writer.member("advice", escalation.advice) }
            writer.endObject()
            return String(decoding: writer.bytes, as: UTF8.self)
        }
    }
}
