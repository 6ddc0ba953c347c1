internal import Messages

/// What the checks of one verdict found, row by row.
struct Findings {
    private struct Row {
        var count = 0
        /// Sorted; no more than are described.
        var first: [AuditReport.Violation] = []
        var notes: [String] = []
        var examined = 0
        var subject = ""
    }
    private var rows: [AuditReport.Invariant: Row] = [:]
    /// Whether what is missing counts: before that it may still come.
    let isAtRest: Bool

    init(isAtRest: Bool) { self.isAtRest = isAtRest }

    /// Whether a violation is one at any time, or only when nothing more is to come.
    enum Moment { case always, atRest }

    mutating func add(
        _ invariant: AuditReport.Invariant, _ moment: Moment, _ what: String, _ customers: [String],
        _ places: [AuditReport.Place]
    ) {
        if moment == .atRest, !isAtRest { return }
        var row = rows[invariant, default: Row()]
        row.count += 1
        let violation = AuditReport.Violation(what: what, customers: customers, places: places)
        let limit = AuditReport.violationLimit
        if row.first.count < limit || row.first.last.map({ Self.precedes(violation, $0) }) ?? true {
            let index = row.first.firstIndex { Self.precedes(violation, $0) } ?? row.first.endIndex
            row.first.insert(violation, at: index)
            if row.first.count > limit { row.first.removeLast() }
        }
        rows[invariant] = row
    }

    private static func precedes(_ left: AuditReport.Violation, _ right: AuditReport.Violation) -> Bool {
        if left.places != right.places { return left.places.lexicographicallyPrecedes(right.places) }
        if left.customers != right.customers { return left.customers.lexicographicallyPrecedes(right.customers) }
        return left.what < right.what
    }

    /// Says how much was looked at.
    mutating func examined(_ invariant: AuditReport.Invariant, _ count: Int, _ subject: String) {
        rows[invariant, default: Row()].examined = count
        rows[invariant, default: Row()].subject = subject
    }

    /// Notes what breaks nothing; nothing when there is none of it.
    mutating func note(_ invariant: AuditReport.Invariant, _ count: Int, _ what: String) {
        if count > 0 { rows[invariant, default: Row()].notes.append("\(grouped(count)) \(what)") }
    }

    func report(restReasons: [String]) -> AuditReport {
        AuditReport(
            isAtRest: isAtRest, restReasons: restReasons,
            rows: AuditReport.Invariant.allCases.map { invariant in
                let row = rows[invariant, default: Row()]
                return AuditReport.Row(
                    invariant: invariant, examined: row.examined, subject: row.subject, violationCount: row.count,
                    violations: row.first, notes: row.notes)
            })
    }
}
