import Foundation
import TestProcesses
import Testing
import WireClient

/// The broker is killed with SIGKILL, again and again, under transactional load.
///
/// `KILLS=100 SEED=7` makes it as long as wanted. The seed decides the load's choices and the moments of the kills, as
/// numbers of steps of the load; how the machine schedules the steps is its own affair.
@Suite("Kills of the broker", .enabled(if: BrokerUnderTest.foreign == nil, "the broker is not ours to kill"))
struct KillTests {
    private static let kills = ProcessInfo.processInfo.environment["KILLS"].flatMap { Int($0) } ?? 6
    private static let seed =
        ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) } ?? .random(in: 1...999_999)

    @Test(
        "nothing acknowledged is lost, nothing aborted is shown, groups go on", .timeLimit(.minutes(30)),
        arguments: [BrokerProcess.Sync.always, .interval])
    func kills(_ sync: BrokerProcess.Sync) async throws {
        print("KILLS=\(Self.kills) SEED=\(Self.seed), sync \(sync.rawValue)")
        let trial = try Trial(seed: Self.seed, kills: Self.kills, sync: sync)
        defer { trial.end() }
        let loads = try Loads(trial)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await onOwnThread { try trial.killAll() } }
            for load in loads.all { group.addTask { try await onOwnThread { try load() } } }
            try await group.waitForAll()
        }
        try await onOwnThread {
            try loads.check()
            loads.expectVariety()
            // The same again after an orderly stop: what recovery made of the kills lasts.
            try trial.restart(.stop)
            try loads.check()
            // And the group is still one that can be joined.
            try loads.goOn()
        }
    }

    /// Everything that works on the broker at once. Each load is confined to the thread that runs it, and looked at when
    /// all have ended.
    private final class Loads: @unchecked Sendable {
        let trial: Trial
        let ledgers: [LedgerWriter]
        let plain: PlainWriter
        let source: PlainWriter

        init(_ trial: Trial) throws {
            self.trial = trial
            ledgers = try (1...3).map {
                try LedgerWriter(trial, name: "ledger-\($0)", seed: trial.seed &+ UInt64($0))
            }
            plain = try PlainWriter(trial, topic: trial.topics.plain)
            source = try PlainWriter(trial, topic: trial.topics.source)
        }

        var all: [@Sendable () throws -> Void] {
            var all: [@Sendable () throws -> Void] = [{ try self.plain.work() }, { try self.source.work() }]
            for index in ledgers.indices { all.append { try self.ledgers[index].work() } }
            for number in 1...2 { all.append { try self.process(as: "worker-\(number)") } }
            return all
        }

        private func process(as name: String) throws {
            let check = try TrialCheck(trial)
            let deadline = ContinuousClock.now + .seconds(20 * 60)
            try Pipeline(trial, name: name).work {
                if ContinuousClock.now > deadline { return true }
                // The source still grows as long as the kills go on.
                return !trial.shallGoOn && (try? check.isPipelineDone()) == true
            }
        }

        /// A trial in which nothing happened proves nothing.
        func expectVariety() {
            let outcomes = ledgers.flatMap(\.ledger).map(\.outcome)
            let counts = Dictionary(grouping: outcomes) { $0 }.mapValues(\.count)
            let plain = plain.acknowledged.values.map(\.count).reduce(0, +)
            let source = source.acknowledged.values.map(\.count).reduce(0, +)
            print("\(counts), \(plain) plain records, \(source) through the pipeline")
            #expect((counts[.committed] ?? 0) > trial.kills)
            #expect((counts[.aborted] ?? 0) > 0)
            #expect(plain > trial.kills && source > trial.kills)
        }

        func check() throws {
            let check = try TrialCheck(trial)
            try check.ledgers(ledgers)
            try check.plain(plain)
            try check.pipeline()
        }

        /// New records go through the group as before.
        func goOn() throws {
            let check = try TrialCheck(trial)
            for place in trial.topics.places(trial.topics.source) { try check.cluster.write(["one more"], to: place) }
            let deadline = ContinuousClock.now + .seconds(60)
            try Pipeline(trial, name: "worker-1").work {
                ContinuousClock.now > deadline || (try? check.isPipelineDone()) == true
            }
            try check.pipeline()
        }
    }
}
