package import Auditing

/// That a guarantee is broken, or that the system does not come to rest.
package struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
    /// The contract's name of the guarantee, `U1` to `U7`, `U9`; `rest` when the system never comes to rest.
    package var invariant: String
    package var detail: String
    /// Where to look, the most telling record first.
    package var records: [AuditReport.Place]

    package init(invariant: String, detail: String, records: [AuditReport.Place]) {
        self.invariant = invariant
        self.detail = detail
        self.records = records
    }

    init(_ invariant: AuditReport.Invariant, _ detail: String, _ records: [AuditReport.Place]) {
        self.init(invariant: invariant.rawValue, detail: detail, records: records)
    }

    package var description: String {
        let places = records.isEmpty ? "" : " at " + records.map(\.description).joined(separator: ", ")
        return "\(invariant): \(detail)\(places)"
    }
}
