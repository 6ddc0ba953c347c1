import Foundation
import Logging
import Operations
import ServiceLifecycle
import Synchronization
import Testing

/// The testing library has an `ExitStatus` of its own.
typealias Status = Operations.ExitStatus

struct StopSignalTests {
    @Test func itIsSetOnceForAll() {
        let stop = StopSignal()
        #expect(!stop.isSet)
        stop.set()
        stop.set()
        #expect(stop.isSet)
        stop.wait()
        #expect(stop.wait(upTo: .seconds(60)))
    }

    @Test func waitingEndsInTime() {
        #expect(!StopSignal().wait(upTo: .milliseconds(5)))
        #expect(!StopSignal().wait(upTo: .zero))
        #expect(!StopSignal().wait(upTo: .seconds(-1)))
    }

    /// Nothing but `set` may wake them, for as long as the test may take. In a single round the one that waits may come
    /// when the signal is set already, and then needs nobody to wake it. The rounds block each other on threads of their
    /// own: the pool of all tests is too busy to be waited for in each.
    @Test(.timeLimit(.minutes(5)))
    func waitingEndsWhenItIsSet() async {
        let woken = await withCheckedContinuation { (told: CheckedContinuation<Int, Never>) in
            Thread {
                var woken = 0
                for _ in 0..<100 {
                    let stop = StopSignal()
                    let (begun, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
                    Thread {
                        begun.signal()
                        stop.wait(upTo: .seconds(600))
                        ended.signal()
                    }.start()
                    begun.wait()
                    stop.set()
                    ended.wait()
                    woken += 1
                }
                told.resume(returning: woken)
            }.start()
        }
        #expect(woken == 100)
    }
}

@Suite(.timeLimit(.minutes(5)))
struct ProgramRunnerTests {
    private struct Oops: Error {}

    /// What happened, in order.
    private final class Journal: Sendable {
        private let entries = Mutex<[String]>([])
        func add(_ entry: String) { entries.withLock { $0.append(entry) } }
        var all: [String] { entries.withLock { $0 } }
    }

    private let stop = StopSignal()
    private let journal = Journal()

    private func patient(_ name: String) -> ProgramLoop {
        ProgramLoop(name) { [journal] stop in
            journal.add("\(name) runs")
            stop.wait()
            journal.add("\(name) stops")
            return .stopped
        }
    }

    private func run(_ loops: [ProgramLoop], http: OperationsServer? = nil) async -> Status {
        await ProgramRunner.run(
            "test", http: http, loops: loops, logger: silent, stop: stop, signals: .ignoreSignals,
            gracePeriod: .seconds(100), forceExit: { status in Issue.record("forced to end with \(status)") })
    }

    @Test func exitCodesAreTheContracts() {
        #expect(Status.allCases.map(\.rawValue) == [0, 64, 69, 70, 75])
    }

    /// All wait for the last one: on a pool with a thread for each core they would wait for ever.
    @Test func workersHaveThreadsOfTheirOwn() async {
        let met = Box(Atomic<Int>(0))
        let count = 4 * ProcessInfo.processInfo.activeProcessorCount
        let everyone = StopSignal()
        let loops = (0..<count).map { number in
            ProgramLoop("loop-\(number)") { _ in
                if met.value.wrappingAdd(1, ordering: .relaxed).newValue == count { everyone.set() }
                everyone.wait()
                return .stopped
            }
        }
        #expect(await run(loops) == .stopped)
        #expect(met.value.load(ordering: .relaxed) == count)
    }

    @Test(arguments: Status.allCases)
    func whenOneEndsAllEndWithItsStatus(status: Status) async {
        let result = await run([patient("a"), ProgramLoop("b") { _ in status }, patient("c")])
        #expect(result == status)
        #expect(journal.all.count { $0.hasSuffix("runs") } == journal.all.count { $0.hasSuffix("stops") })
    }

    @Test func whatALoopThrowsDecidesTheStatus() async {
        #expect(
            await run([patient("a"), ProgramLoop("b") { _ in throw ProgramFailure(.fenced, "replaced") }]) == .fenced)
    }

    @Test func anUnknownErrorIsABrokenInvariant() async {
        #expect(await run([ProgramLoop("a") { _ in throw Oops() }, patient("b")]) == .internalError)
    }

    @Test func theFirstFailureCounts() async {
        let result = await run([
            ProgramLoop("a") { _ in .fenced },
            ProgramLoop("b") { stop in
                stop.wait()
                return .unavailable
            },
        ])
        #expect(result == .fenced)
    }

    @Test func nothingIsStartedAfterTheStop() async {
        stop.set()
        #expect(await run([ProgramLoop("a") { _ in .unavailable }]) == .stopped)
    }

    @Test func aFailureWhileStoppingIsTold() async {
        let begun = StopSignal()
        let late = ProgramLoop("late") { stop in
            begun.set()
            stop.wait()
            throw ProgramFailure(.unavailable, "the last commit did not get through")
        }
        let first = ProgramLoop("first") { _ in
            // A loop that finds the stop set is never started, and then has nothing to tell.
            begun.wait()
            return .stopped
        }
        #expect(await run([late, first]) == .unavailable)
    }

    @Test func stoppingFromElsewhereStopsAll() async {
        let stop = stop
        let stopper = ProgramLoop("stopper") { _ in
            stop.set()
            stop.set()
            return .stopped
        }
        #expect(await run([patient("a"), patient("b"), stopper]) == .stopped)
    }

    @Test func withoutLoopsItRunsUntilItIsStopped() async {
        let stop = stop
        async let status = run([])
        stop.set()
        #expect(await status == .stopped)
    }

    @Test func cancellationStopsTheLoops() async {
        let loops = [patient("a")]
        let journal = journal
        let task = Task { await run(loops) }
        while journal.all.isEmpty { await Task.yield() }
        task.cancel()
        #expect(await task.value == .stopped)
        #expect(journal.all == ["a runs", "a stops"])
    }

    /// What SIGTERM does to the group, without the signal: the group is shut down, twice, and once before it runs.
    @Test func aGracefulShutdownStopsTheLoops() async throws {
        let service = LoopService(loops: [patient("a"), patient("b")], stop: stop, logger: silent)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: silent))
        let journal = journal
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            while journal.all.count < 2 { await Task.yield() }
            await group.triggerGracefulShutdown()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(journal.all.count == 4)
        #expect(service.status == .stopped)
    }

    @Test func aGracefulShutdownBeforeTheStartIsHarmless() async throws {
        let service = LoopService(loops: [patient("a")], stop: stop, logger: silent)
        let group = ServiceGroup(services: [service], logger: silent)
        await group.triggerGracefulShutdown()
        try await group.run()
        #expect(stop.isSet)
    }

    @Test func httpServesWhileLoopsRunAndEndsWithThem() async throws {
        let (addresses, continuation) = AsyncStream.makeStream(of: HTTPAddress.self)
        let http = OperationsServer(
            address: .listen(host: "127.0.0.1", port: 0), registry: PrometheusRegistry(), logger: silent,
            onServerRunning: { continuation.yield($0) }, readiness: { .ready })
        let loops = [patient("a")]
        async let status = run(loops, http: http)
        var iterator = addresses.makeAsyncIterator()
        let address = try #require(await iterator.next())
        #expect(try await HTTPClient.get("/readyz", at: address).status == 200)
        stop.set()
        #expect(await status == .stopped)
        await #expect(throws: (any Error).self) { try await HTTPClient.get("/readyz", at: address) }
    }

    @Test func aPortInUseStopsTheLoops() async throws {
        let (addresses, continuation) = AsyncStream.makeStream(of: HTTPAddress.self)
        let registry = PrometheusRegistry()
        let first = OperationsServer(
            address: .listen(host: "127.0.0.1", port: 0), registry: registry, logger: silent,
            onServerRunning: { continuation.yield($0) }, readiness: { .ready })
        let firstStop = StopSignal()
        async let firstStatus = ProgramRunner.run(
            "first", http: first, loops: [], logger: silent, stop: firstStop, signals: .ignoreSignals,
            gracePeriod: .seconds(100), forceExit: { status in Issue.record("forced to end with \(status)") })
        var iterator = addresses.makeAsyncIterator()
        let address = try #require(await iterator.next())
        let second = OperationsServer(
            address: address, registry: registry, logger: silent, readiness: { .ready })
        #expect(await run([patient("a")], http: second) == .unavailable)
        firstStop.set()
        #expect(await firstStatus == .stopped)
    }

    @Test func whoeverTakesTooLongIsAbandoned() async {
        let release = StopSignal()
        let forced = Box(Mutex<[Status]>([]))
        let begun = StopSignal()
        let stubborn = ProgramLoop("stubborn") { _ in
            begun.set()
            release.wait()
            return .stopped
        }
        let other = ProgramLoop("other") { _ in
            begun.wait()
            return .fenced
        }
        let stop = stop
        async let status = ProgramRunner.run(
            "test", http: nil, loops: [stubborn, other], logger: silent, stop: stop,
            signals: .ignoreSignals, gracePeriod: .milliseconds(20),
            forceExit: { status in
                forced.value.withLock { $0.append(status) }
                release.set()
            })
        #expect(await status == .fenced)
        #expect(forced.value.withLock { $0 } == [.fenced])
    }

    /// Asked to stop while it hangs in putting its things away: it has failed all the same.
    @Test func whatHangsInItsEndHasFailed() async {
        let release = StopSignal()
        let forced = Box(Mutex<[Status]>([]))
        let stop = stop
        let hanging = ProgramLoop("hanging") { stop in
            stop.fail(ProgramFailure(.internalError, "broken"))
            release.wait()
            return .stopped
        }
        let status = await ProgramRunner.run(
            "test", http: nil, loops: [hanging, patient("other")], logger: silent, stop: stop, signals: .ignoreSignals,
            gracePeriod: .milliseconds(20),
            forceExit: { status in
                forced.value.withLock { $0.append(status) }
                release.set()
            })
        #expect(forced.value.withLock { $0 } == [.internalError])
        #expect(status == .internalError)
    }

    /// Nothing has failed: it was asked to stop, and that is what it does.
    @Test func whoeverIsAskedAndCannotFinishHasStopped() async {
        let release = StopSignal()
        let forced = Box(Mutex<[Status]>([]))
        let stop = stop
        let stubborn = ProgramLoop("stubborn") { _ in
            stop.set()
            release.wait()
            return .stopped
        }
        _ = await ProgramRunner.run(
            "test", http: nil, loops: [stubborn], logger: silent, stop: stop, signals: .ignoreSignals,
            gracePeriod: .milliseconds(20),
            forceExit: { status in
                forced.value.withLock { $0.append(status) }
                release.set()
            })
        #expect(forced.value.withLock { $0 } == [.stopped])
    }
}
