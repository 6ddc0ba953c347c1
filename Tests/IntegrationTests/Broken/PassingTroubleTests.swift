import EventLog
import Foundation
import KafkaClient
import Messages
import TestProcesses
import Testing

@Suite("Trouble that passes", Issues.counted, .enabled(if: breaksBroker)) struct PassingTroubleTests {
    /// Which answers, to which requests.
    static let errors: [(api: String, codes: [Int16])] = [
        // NOT_LEADER, LEADER_NOT_AVAILABLE, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS_AFTER_APPEND, REQUEST_TIMED_OUT
        ("Produce", [6, 5, 19, 20, 7]), ("Fetch", [6, 5]), ("ListOffsets", [6, 5]), ("Metadata", [5]),
        // COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, CONCURRENT_TRANSACTIONS
        ("FindCoordinator", [15]), ("InitProducerId", [14, 15, 16, 51]), ("AddPartitionsToTxn", [14, 15, 16, 51]),
        ("AddOffsetsToTxn", [14, 15, 16, 51]), ("TxnOffsetCommit", [14, 15, 16]), ("EndTxn", [14, 15, 16, 51]),
        ("JoinGroup", [14, 15, 16]), ("SyncGroup", [14, 15, 16]), ("Heartbeat", [15, 16]), ("OffsetFetch", [14, 16]),
        ("OffsetCommit", [14, 15, 16]),
    ]

    /// Requests that a service does not send.
    private static func isForeign(_ api: String, _ guarantee: DeliveryGuarantee) -> Bool {
        switch guarantee {
        case .exactlyOnce: api == "OffsetCommit"
        case .atLeastOnce: ["AddPartitionsToTxn", "AddOffsetsToTxn", "TxnOffsetCommit", "EndTxn"].contains(api)
        }
    }

    @Test(
        "is borne, and nothing is lost or told twice", .hangLimit, arguments: DeliveryGuarantee.allCases)
    func passes(guarantee: DeliveryGuarantee) async throws {
        try await Deployments.own("trouble", guarantee, services: []) { deployment in
            // At the start, and once more in the middle of the load.
            func inject() throws {
                for (api, codes) in Self.errors where !Self.isForeign(api, guarantee) {
                    for service in Service.allCases {
                        for code in codes { try deployment.inject(.error(code, api, count: 2, of: service)) }
                    }
                }
            }
            try inject()
            try deployment.start(within: .seconds(120))
            let load = try LoadInBackground(deployment, commands: 1000, rate: 250)
            try inject()
            try load.expectSettled(confirmed: 900, compensated: 100)
            let injected = try deployment.injected()
            #expect(injected.count { $0.consumed > 0 } > injected.count / 2)
            try deployment.heal()
            try deployment.expectCleanAudit()
            for service in Service.allCases { #expect(try deployment.child(service).isRunning, "\(service)") }
        }
    }

    /// The peak of a process's memory, in kibibytes.
    private static func peakMemory(of child: Child) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(child.processID)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }

    @Test("memory stays bounded while output is slow", .hangLimit) func slowOutput() async throws {
        try await Deployments.own("slow", services: []) { deployment in
            let client = try Client(deployment)
            try client.backlog(50_000)
            try deployment.inject(
                .init(
                    kind: "delay", api: "Produce", clientId: Service.command.rawValue, count: 1_000_000,
                    milliseconds: 25))
            let child = try deployment.launch(.command)
            try deployment.awaitReadiness(of: .command)
            let isUnderWay = try poll(for: .seconds(300)) {
                try deployment.metric(.command, "soleholder_batch_records_total") > 5_000
            }
            #expect(isUnderWay, "\(child.logText)")
            let peak = try Self.peakMemory(of: child)
            // 64 MiB of input that waits, what librdkafka needs for it, and a batch. The backlog has 180 MiB.
            #expect(peak < 300 << 10, "\(peak) KiB")
            #expect(try deployment.metric(.command, "soleholder_batch_records_total") < 50_000)
            child.kill()
        }
    }
}

extension Client {
    /// Writes so many commands that are not compressed, of some 4 KB each: few and large ones are soon written, also by a
    /// machine that does much else.
    func backlog(_ count: Int) throws {
        var configuration = deployment.kafka
        configuration.properties["compression.codec"] = "none"
        let producer = try KafkaProducer(configuration: configuration)
        defer { producer.close() }
        let more = ",\"more\":\"\(String(repeating: "n", count: 3_800))\""
        let records = (0..<200).map { number in
            let customer = Unique.text("backlog")
            let value = Self.envelope(
                "RegisterCustomer", customer: customer, id: "\(number)",
                data: Self.data(["document": customer], more: more))
            return OutgoingRecord(
                topic: deployment.names.name(.customerCommands), partition: Self.partition(of: Array(customer.utf8)),
                key: Array(customer.utf8), value: Array(value.utf8), headers: Self.structured)
        }
        // A record that is not written 30 s after it was sent has failed: no more at once than a busy machine writes by then.
        for begin in stride(from: 0, to: count, by: 1_000) {
            for number in begin..<min(begin + 1_000, count) { try producer.send(records[number % records.count]) }
            guard producer.flush(timeout: .seconds(60)), producer.failedCount == 0 else {
                throw Failure("the backlog could not be written")
            }
        }
    }
}
