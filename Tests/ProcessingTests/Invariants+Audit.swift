import Auditing
import EventLog
import Messages
import Testing

extension Invariants {
    /// The product's own judge, who knows the rules in full, and shares no decision with the services.
    /// - Parameters:
    ///   - mustRest: false on the way, where nothing may be broken either.
    ///   - tolerates: what a stranger's record breaks for good.
    static func audit(
        _ world: World, mustRest: Bool = true, tolerates: Set<AuditReport.Invariant> = [], _ comment: Comment
    ) {
        var auditor = Auditor(names: DeploymentNames(prefix: ""), declaration: world.declaration)
        for topic in Topic.allCases { for record in world.log.records(topic) { auditor.observe(record) } }
        var offsets: [ConsumerGroup: [TopicPartition: Int64]] = [:]
        for group in ConsumerGroup.allCases { offsets[group] = world.log.committed[group.rawValue]?.mapValues(\.next) }
        let report = auditor.verdict(groupOffsets: offsets)
        if mustRest { #expect(report.isAtRest, "\(report.restReasons); \(comment)") }
        for row in report.rows where !row.holds && !tolerates.contains(row.invariant) {
            Issue.record("\(row.invariant): \(row.violations); \(comment)")
        }
    }
}
