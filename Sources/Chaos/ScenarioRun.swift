import ChaosPlanning
import EventLog
import Foundation
import Messages
import TestProcesses

/// One scenario with one guarantee: the whole system with default settings, two instances of each service, load, one
/// thing that happens, and an observer outside who measures. All on one thread; whatever was started is ended by its id.
final class ScenarioRun {
    struct Options {
        var scenario: Scenario
        var guarantee: Guarantee
        var rate: Int
        var registrationsBefore: Int
        var services: [ServiceName]
        /// How long a node that was killed is believed to be alive.
        var nodeSessionMilliseconds: Int
    }

    let options: Options
    let folder: URL
    let log: Journal
    let tally: Tally
    let broker: Broker
    let names = DeploymentNames(prefix: "scenario.")
    private let connection: [String]
    let instances: [Instance]
    private let isInterrupted: () -> Bool
    private var load: Child?
    private(set) var observer: Observer?
    private var progress = Progress()

    /// - Throws: when the broker does not start.
    init(_ options: Options, folder: URL, isInterrupted: @escaping () -> Bool) throws {
        self.options = options
        self.folder = folder
        self.isInterrupted = isInterrupted
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let log = Journal(folder.appendingPathComponent("events.log"))
        let tally = Tally(log)
        (self.log, self.tally) = (log, tally)
        let shape = Broker.Shape(
            nodes: options.scenario.nodes, nodeSessionMilliseconds: options.nodeSessionMilliseconds)
        broker = try Broker(folder: folder, prefix: names.prefix, shape: shape, tally: tally, log: log)
        let connection = ["--bootstrap-servers", broker.bootstrapServers, "--topic-prefix", names.prefix]
        self.connection = connection
        instances = ServiceName.allCases.flatMap { service in
            (1...3).map { number in
                Instance(
                    InstanceName(service, number), isGuest: number == 3, folder: folder,
                    settings: connection + ["--delivery-guarantee", options.guarantee.rawValue], tally: tally, log: log)
            }
        }
    }

    /// - Returns: what was measured. What else must not have happened is in `findings`.
    func execute() -> [Measure] {
        defer { killAll() }
        guard wait(120, "starting", until: { self.areReady() }) else { return giveUp("not ready within 120 s") }
        if options.registrationsBefore > 0, !fill() { return [] }
        let observer = Observer(bootstrapServers: broker.bootstrapServers, names: names)
        self.observer = observer
        guard wait(60, "watching", until: { observer.isWatching || observer.failure != nil }) else {
            return giveUp("the observer does not come to watch")
        }
        startLoad()
        guard wait(60, "first settlements", until: { observer.seen.settledCount > self.options.rate }) else {
            return giveUp("nothing has settled within 60 s: \(observer.failure ?? "")")
        }
        pass(10, "warming up")
        let measures = measure()
        finish()
        return measures
    }

    var findings: [String] { tally.findings }

    private func measure() -> [Measure] {
        switch options.scenario {
        case .oneNodeAway: oneNodeAway()
        case .leadersMoved: leadersMoved()
        case .nodesRolled: nodesRolled()
        case .twoOfThreeAway: twoOfThreeAway()
        case .thirdInstance: options.services.flatMap { thirdInstance(of: $0) }
        }
    }

    private func finish() {
        if let failure = observer?.failure { tally.find("the observer saw nothing more: \(failure)") }
        if load?.isRunning != true { tally.find("the load ended before the measurement did") }
        observer?.stop()
        // It is not waited for: whether everything has settled is for the audit to say.
        load?.stop(within: .seconds(10))
        for end in tally.ends.keys.sorted() { tally.find("\(end), \(tally.ends[end, default: 0]) times") }
        guard !tally.mustStop else { return }
        audit()
        for instance in instances { instance.finish() }
        broker.finish()
    }

    private func audit() {
        let output = folder.appendingPathComponent("audit.txt")
        do {
            let child = try Child(
                "audit", executable: Program.product("soleholder"),
                arguments: ["audit", "--timeout", "180"] + connection,
                log: folder.appendingPathComponent("audit.log"), output: output)
            var end: Child.End?
            _ = wait(600, "auditing") {
                end = child.end(within: .zero)
                return end != nil
            }
            if end != .exit(0) {
                tally.find("the audit ended with \(end.map { "\($0)" } ?? "no verdict"), see \(output.path)")
            }
        } catch { tally.find("the audit can't be started: \(error)") }
    }

    /// Registers customers flat out, until all have settled.
    private func fill() -> Bool {
        let child = startGenerator(
            ["--commands", String(options.registrationsBefore), "--timeout", "3600"], "filling")
        var end: Child.End?
        _ = wait(3_600, "filling the log") {
            end = child?.end(within: .zero)
            return end != nil || child == nil
        }
        if end == .exit(0) { return true }
        tally.find("the log could not be filled: \(end.map { "\($0)" } ?? "not in time")")
        return false
    }

    private func startLoad() {
        // More than is ever needed: it is stopped.
        load = startGenerator(
            [
                "--commands", String(options.rate * 3_600), "--rate", String(options.rate), "--seed", "2", "--timeout",
                "3600",
            ], "load")
    }

    private func startGenerator(_ arguments: [String], _ name: String) -> Child? {
        do {
            return try Child(
                "load-generator", executable: Program.product("load-generator"),
                arguments: connection + ["--strategy", "compensate", "--duplicate-ratio", "0.1"] + arguments,
                log: folder.appendingPathComponent("\(name).log"))
        } catch {
            tally.find("load-generator can't be started: \(error)")
            return nil
        }
    }

    private func giveUp(_ reason: String) -> [Measure] {
        tally.find(reason)
        return []
    }

    /// Looks after everything until a condition holds.
    /// - Returns: whether it did in time.
    func wait(_ seconds: Int, _ what: String, until isDone: () -> Bool) -> Bool {
        let deadline = Clock.milliseconds + seconds * 1_000
        while !isDone() {
            if isInterrupted() || tally.mustStop || Clock.milliseconds > deadline { return false }
            broker.turn()
            for instance in instances { instance.turn() }
            progress.show("\(options.scenario.rawValue), \(options.guarantee.rawValue): \(what)")
            Thread.sleep(forTimeInterval: 0.02)
        }
        progress.finish()
        return true
    }

    /// Lets time pass under load.
    func pass(_ seconds: Int, _ what: String) { _ = wait(seconds, what) { false } }

    private var askedAt = 0

    private func areReady() -> Bool {
        guard Clock.milliseconds - askedAt > 300 else { return false }
        askedAt = Clock.milliseconds
        return instances.allSatisfy { $0.isReady() }
    }

    private func killAll() {
        observer?.stop()
        for instance in instances { instance.kill() }
        load?.kill()
        broker.kill()
    }
}
