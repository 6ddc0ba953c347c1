import ChaosPlanning

/// What was counted, and what must not have happened.
final class Tally {
    /// How often each kind did happen; an injected fault when a request met it.
    var happened: [FaultKind: Int] = [:]
    /// Requests that met an injected fault, records that were sent again.
    var hits: [FaultKind: Int] = [:]
    /// How processes ended, when nobody had asked them to.
    var ends: [String: Int] = [:]
    /// Why a kind did not happen when it was last tried.
    var reasons: [FaultKind: String] = [:]
    var registrations = 0
    private(set) var findings: [String] = []
    /// Whether a human must look before anything goes on: a service has ended as none may end.
    var mustStop = false
    private let log: Journal

    init(_ log: Journal) { self.log = log }

    func note(_ kind: FaultKind) { happened[kind, default: 0] += 1 }

    func find(_ text: String) {
        findings.append(text)
        log.note("FINDING \(text)")
    }

    var total: Int { happened.values.reduce(0, +) }

    /// A kind that was to happen more than once, and never did.
    func findMissing(_ schedule: Schedule) {
        let counts = schedule.counts
        for kind in FaultKind.allCases where counts[kind, default: 0] > 1 && happened[kind, default: 0] == 0 {
            let reason = reasons[kind].map { ": \($0)" } ?? ""
            find("\(kind.rawValue) never happened, though it was scheduled \(counts[kind, default: 0]) times\(reason)")
        }
    }

    func table(_ schedule: Schedule) -> String {
        let counts = schedule.counts
        var lines = [Self.line("fault", "scheduled", "happened", "hits")]
        for kind in FaultKind.allCases where counts[kind] != nil {
            lines.append(
                Self.line(
                    kind.rawValue, String(counts[kind, default: 0]), String(happened[kind, default: 0]),
                    hits[kind].map { String($0) } ?? ""))
        }
        for end in ends.keys.sorted() { lines.append(Self.line(end, "", String(ends[end, default: 0]), "")) }
        return lines.joined(separator: "\n")
    }

    private static func line(_ name: String, _ columns: String...) -> String {
        let left = name + String(repeating: " ", count: max(44 - name.count, 1))
        return "  " + left + columns.map { String(repeating: " ", count: max(10 - $0.count, 1)) + $0 }.joined()
    }
}
