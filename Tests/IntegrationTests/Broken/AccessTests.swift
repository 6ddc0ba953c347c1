import Messages
import TestProcesses
import Testing

/// A broker with access rules that were forgotten, in the only way that `dev-broker` has: by its answers.
@Suite(
    "What is not allowed ends a service with 69 and the rule that is missing", Issues.counted,
    .enabled(if: breaksBroker))
struct AccessTests {
    struct Case: Sendable {
        var api: String
        var code: Int16
        /// What the log must tell: the operation, and what on.
        var advice: [String]
        var needsWork = false
    }

    private static let topic: Int16 = 29
    private static let group: Int16 = 30
    private static let cluster: Int16 = 31
    private static let transactionalID: Int16 = 53

    static let common = [
        Case(api: "Metadata", code: topic, advice: ["Describe on topic PREFIXdeployment is not allowed"]),
        Case(api: "ListOffsets", code: topic, advice: ["Describe on topic PREFIX"]),
        Case(api: "Fetch", code: topic, advice: ["Read on topic PREFIX", "--operation Read --topic PREFIX"]),
        Case(api: "JoinGroup", code: group, advice: ["Read on group PREFIXcommand-service", "--group PREFIXcommand"]),
        Case(api: "OffsetFetch", code: group, advice: ["Read on group PREFIXcommand-service"]),
        Case(api: "Produce", code: topic, advice: ["Write on topic PREFIXcustomer-events"], needsWork: true),
    ]

    static let cases: [DeliveryGuarantee: [Case]] = [
        .exactlyOnce: common + [
            Case(api: "InitProducerId", code: transactionalID, advice: ["Write on transactional id PREFIXcommand-"]),
            Case(
                api: "AddPartitionsToTxn", code: topic, advice: ["Write on topic PREFIXcommand-outcomes"],
                needsWork: true),
            Case(
                api: "AddPartitionsToTxn", code: transactionalID, advice: ["Write on transactional id"],
                needsWork: true),
            Case(
                api: "AddOffsetsToTxn", code: group, advice: ["Read on group PREFIXcommand-service"], needsWork: true),
            Case(
                api: "TxnOffsetCommit", code: group, advice: ["Read on group PREFIXcommand-service"], needsWork: true),
            Case(api: "EndTxn", code: transactionalID, advice: ["Write on transactional id"], needsWork: true),
        ],
        .atLeastOnce: common + [
            Case(api: "InitProducerId", code: cluster, advice: ["IdempotentWrite on the cluster"], needsWork: true),
            Case(api: "OffsetCommit", code: group, advice: ["Read on group PREFIXcommand-service"], needsWork: true),
        ],
    ]

    @Test("whatever it is", .hangLimit, arguments: DeliveryGuarantee.allCases)
    func refused(guarantee: DeliveryGuarantee) async throws {
        try await Deployments.own("access", guarantee, services: []) { deployment in
            let client = try Client(deployment)
            try client.register(Unique.text("first"), document: Unique.document().spelled)
            for refusal in Self.cases[guarantee] ?? [] {
                let name = "\(refusal.api) \(refusal.code)"
                try deployment.inject(.error(refusal.code, refusal.api, count: 100_000, of: .command))
                let child = try deployment.launch(.command)
                let end = child.end(within: .seconds(30))
                #expect(end == .exit(69), "\(name): \(child.logText)")
                for words in refusal.advice {
                    let words = words.replacing("PREFIX", with: deployment.names.prefix)
                    #expect(child.logText.contains(words), "\(name): no '\(words)' in\n\(child.logText)")
                }
                child.kill()
                try deployment.heal()
            }
            // Nothing was lost by any of it.
            try deployment.start()
            try client.register(Unique.text("last"), document: Unique.document().spelled)
            try deployment.expectCleanAudit()
        }
    }
}
