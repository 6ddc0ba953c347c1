import EventLog
import EventLogContract
import Simulation
import Testing

/// What the ports of the log say, on the simulated one. `KafkaClient` is held to the same.
@Suite struct ContractTests {
    private static let names = EventLogContract.all.map(\.name)

    private func run(_ name: String, on log: SimulatedLog, _ comment: Comment? = nil) throws {
        defer { log.end() }
        let known = EventLogContract.cases(for: log.capabilities).first { $0.name == name }
        do { try #require(known, "the simulated log lacks what this case needs").body(log) } catch let violation
            as ContractViolation
        {
            Issue.record(
                violation, comment,
                sourceLocation: SourceLocation(
                    fileID: violation.fileID, filePath: violation.filePath, line: violation.line, column: 1))
        } catch let error as LogError {
            Issue.record(error, comment)
        }
    }

    @Test(arguments: names) func holds(name: String) throws { try run(name, on: SimulatedLog()) }

    @Test(arguments: names) func holdsWhereMessagesTravelLong(name: String) throws {
        try run(name, on: SimulatedLog(seed: 2, faults: NetworkFaults(delay: 500...50_000)))
    }

    @Test(arguments: names) func holdsWithThreeNodes(name: String) throws { try run(name, on: SimulatedLog(nodes: 3)) }

    /// What can't be promised where any answer may get lost.
    private static let notWithLosses: Set<String> = [
        // A leave that gets lost is made up for by the session's end, seconds later.
        "who leaves hands over at once",
        // Who did not hear that it has joined joins again; if it is its group's leader, that makes all others join.
        "a static member that comes back disturbs nobody",
    ]

    @Test(arguments: names.filter { !notWithLosses.contains($0) })
    func holdsWhereConnectionsBreak(name: String) throws {
        for seed: UInt64 in 1...8 {
            let log = SimulatedLog(
                seed: seed, faults: NetworkFaults(delay: 50...5_000, cutBefore: 40, cutAfter: 40))
            try run(name, on: log, "seed \(seed)")
        }
    }

    @Test func whatIsLeftOutExists() { #expect(Self.notWithLosses.isSubset(of: Self.names)) }
}
