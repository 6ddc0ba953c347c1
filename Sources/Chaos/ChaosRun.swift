import ChaosPlanning
import Foundation
import Messages
import TestProcesses

/// One campaign: faults, then healing, then the verdict. All on one thread; whatever was started is ended by its id.
final class ChaosRun {
    let campaign: Campaign
    let schedule: Schedule
    let folder: URL
    private let isInterrupted: () -> Bool
    let log: Journal
    let tally: Tally
    let broker: Broker?
    let connection: [String]
    let instances: [Instance]
    private let load: Load
    private let resender: Resender
    private let tangler: Tangler
    private let giants = SideWork()
    private let declarer: Declarer
    let strangers = SideWork()
    let hand: Hand
    /// Work on groups that is under way, with the fault that it is; nil for what a service asked for.
    var groupWork: [(work: GroupWork, fault: GroupFault?)] = []
    private var progress = Progress()
    /// Services whose groups' offsets were changed: they may stop with 70, and say what to run.
    var tampered: Set<ServiceName> = []

    /// A campaign that is shorter may miss a kind by chance: a fault that is injected waits for a request to meet it.
    private static let completeMilliseconds = 120_000

    /// How long everything has to settle once all is healed.
    private static let settlingSeconds = 240

    init(
        campaign: Campaign, schedule: Schedule, folder: URL, bootstrapServers: String?,
        isInterrupted: @escaping () -> Bool
    ) throws {
        self.campaign = campaign
        self.schedule = schedule
        self.folder = folder
        self.isInterrupted = isInterrupted
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let text = schedule.steps.map { "\($0)\n" }.joined()
        try Data(text.utf8).write(to: folder.appendingPathComponent("schedule.txt"))
        let log = Journal(folder.appendingPathComponent("events.log"))
        let tally = Tally(log)
        self.log = log
        self.tally = tally
        // Fresh names on a broker that others use too.
        let prefix = bootstrapServers == nil ? "chaos." : "chaos-\(campaign.seed)-\(getpid())."
        let declaration = try TestedDeclaration.write(into: folder)
        let broker =
            bootstrapServers == nil
            ? try Broker(
                folder: folder, prefix: prefix, declaration: declaration,
                shape: Broker.Shape(nodes: campaign.nodes, nodeSessionMilliseconds: 3_000), tally: tally, log: log)
            : nil
        self.broker = broker
        let servers = bootstrapServers ?? broker?.bootstrapServers ?? ""
        let names = DeploymentNames(prefix: prefix)
        hand = Hand(bootstrapServers: servers, names: names)
        let connection = ["--bootstrap-servers", servers, "--topic-prefix", prefix]
        self.connection = connection
        if broker == nil {
            let made = try Run.of(
                Program.product("soleholder"), ["topics", "create", "--declaration", declaration.path] + connection,
                in: folder)
            if made.end != .exit(0) { throw Failure("topics can't be made: \(made)") }
        }
        instances = ServiceName.allCases.flatMap { service in
            (1...campaign.instances + 1).map { number in
                let name = InstanceName(service, number)
                let isGuest = number > campaign.instances
                return Instance(
                    name, isGuest: isGuest, folder: folder,
                    settings: connection + Self.settings(name, isGuest: isGuest, campaign, schedule), tally: tally,
                    log: log)
            }
        }
        load = Load(
            folder: folder, connection: connection,
            patience: campaign.milliseconds / 1_000 + Self.settlingSeconds, tally: tally, log: log)
        resender = Resender(bootstrapServers: servers, names: names)
        tangler = Tangler(bootstrapServers: servers, names: names)
        declarer = Declarer(bootstrapServers: servers, names: names, folder: folder)
    }

    private static func settings(
        _ name: InstanceName, isGuest: Bool, _ campaign: Campaign, _ schedule: Schedule
    ) -> [String] {
        var settings = [
            "--delivery-guarantee", campaign.guarantee.rawValue,
            // Rebalances are quick.
            "--kafka-property", "session.timeout.ms=6000", "--kafka-property", "heartbeat.interval.ms=1000",
        ]
        // Static members and dynamic ones side by side.
        if name.number.isMultiple(of: 2), !isGuest { settings += ["--instance-id", "\(name)"] }
        // Metadata tell of what has changed within seconds, not minutes.
        if schedule.deploymentFault != nil {
            settings += ["--kafka-property", "topic.metadata.refresh.interval.ms=2000"]
        }
        return settings
    }

    /// - Returns: whether nothing was found.
    func execute() -> Bool {
        defer { killAll() }
        guard supervise("starting", for: 60, until: { self.areReady() }) else { return fail("not ready within 60 s") }
        doSchedule()
        guard !tally.mustStop else { return report() }
        guard !isInterrupted() else { return fail("interrupted") }
        load.leaveOutWaiting()
        let wereHealed = supervise("healing", for: 60) { self.heal() }
        if !wereHealed { tally.find("not healed within 60 s") }
        if let last = schedule.deploymentFault { return stopAll(by: last) }
        let didSettle = supervise("settling", for: Self.settlingSeconds + 30) {
            self.load.isSettled && self.clientWork.allSatisfy { $0.work.isIdle } && self.groupWork.isEmpty
        }
        if !didSettle, !tally.mustStop { load.stop() }
        let areBack = supervise("waiting for all services", for: 60) { self.areReady() }
        if !areBack, !tally.mustStop {
            let late = instances.filter { !$0.isReady() }.map { "\($0.name)" }
            tally.find("not ready 60 s after everything has settled: \(late.joined(separator: ", "))")
        }
        guard !tally.mustStop else { return report() }
        guard !isInterrupted() else { return fail("interrupted") }
        audit()
        for instance in instances { instance.finish() }
        broker?.finish()
        return report()
    }

    private func doSchedule() {
        let start = Clock.milliseconds
        for step in schedule.steps {
            let isTime = supervise("faults", for: 86_400) { Clock.milliseconds - start >= step.time }
            guard isTime else { return }
            act(step)
        }
        _ = supervise("faults", for: 86_400) { Clock.milliseconds - start >= self.campaign.milliseconds }
    }

    private func act(_ step: Schedule.Step) {
        var isDone = true
        switch step.action {
        case .service(let name, let fault):
            isDone = instances.first { $0.name == name }?.befall(fault) ?? false
            if isDone { tally.note(fault.kind) }
        case .broker(let fault):
            isDone = broker?.befall(fault) ?? false
            if isDone { tally.note(fault.isKill ? .killBroker : .restartBroker) }
        case .nodes(let fault): isDone = broker?.befall(fault) ?? false
        case .inject(let kind, let fault): broker?.inject(kind, fault)
        case .load(let wave): load.start(wave)
        case .resend(let resending): resender.start(resending)
        case .tangle(let tangle): tangler.start(tangle)
        case .giants(let giants):
            let work = GiantWork(bootstrapServers: hand.bootstrapServers, names: hand.names, giants: giants)
            self.giants.start { try work.run() }
        case .declare(let declaring): declarer.start(declaring)
        case .stranger(let stranger):
            let work = StrangerWork(bootstrapServers: hand.bootstrapServers, names: hand.names, stranger: stranger)
            tampered.insert(stranger.group.service)
            strangers.start { try work.run() }
        case .group(let fault): isDone = change(fault)
        // Done when all else is.
        case .deployment: break
        }
        log.note("\(step.action)\(isDone ? "" : " (not possible now)")")
    }

    private var clientWork: [(kind: FaultKind, work: SideWork)] {
        [
            (.resend, resender.work), (.tangle, tangler.work), (.giants, giants), (.declare, declarer.work),
            (.stranger, strangers),
        ]
    }

    /// Looks after everything until a condition holds.
    /// - Returns: whether it did in time.
    func supervise(_ what: String, for seconds: Int, until isDone: () -> Bool) -> Bool {
        let deadline = Clock.milliseconds + seconds * 1_000
        while !isDone() {
            if isInterrupted() || tally.mustStop || Clock.milliseconds > deadline { return false }
            broker?.turn()
            for instance in instances { instance.turn() }
            turnGroupWork()
            load.turn()
            progress.show("\(what): \(tally.total) faults, \(tally.registrations) registrations settled")
            Thread.sleep(forTimeInterval: 0.02)
        }
        return true
    }

    private var askedAt = 0

    func areReady() -> Bool {
        // Asked now and then: it costs the services something.
        guard Clock.milliseconds - askedAt > 300 else { return false }
        askedAt = Clock.milliseconds
        return instances.allSatisfy { $0.isReady() }
    }

    private func heal() -> Bool {
        for instance in instances { instance.heal() }
        for (work, _) in groupWork { work.hurry() }
        return broker?.heal() ?? true
    }

    private func audit() {
        let output = folder.appendingPathComponent("audit.txt")
        do {
            let child = try Child(
                "audit", executable: Program.product("soleholder"),
                arguments: ["audit", "--timeout", "120"] + connection,
                log: folder.appendingPathComponent("audit.log"), output: output)
            var end: Child.End?
            _ = supervise("auditing", for: 240) {
                end = child.end(within: .zero)
                return end != nil
            }
            progress.finish()
            say((try? String(contentsOf: output, encoding: .utf8)) ?? "")
            if end != .exit(0) { tally.find("the audit ended with \(end.map { "\($0)" } ?? "no verdict in 240 s")") }
        } catch { tally.find("the audit can't be started: \(error)") }
    }

    func report() -> Bool {
        for (kind, work) in clientWork {
            tally.reasons[kind] = work.failure
            guard work.counts.times > 0 else { continue }
            tally.happened[kind] = work.counts.times
            tally.hits[kind] = work.counts.records
        }
        if campaign.milliseconds >= Self.completeMilliseconds { tally.findMissing(schedule) }
        progress.finish()
        say(tally.table(schedule))
        say("\(tally.total) faults, \(tally.registrations) registrations, seed \(campaign.seed)")
        for finding in tally.findings { say("FOUND: \(finding)") }
        if !tally.findings.isEmpty { say("logs, state and topics are in \(folder.path)") }
        return tally.findings.isEmpty
    }

    private func fail(_ reason: String) -> Bool {
        tally.find(reason)
        return report()
    }

    private func killAll() {
        for instance in instances { instance.kill() }
        load.kill()
        broker?.kill()
    }
}

/// One line on a terminal; silent elsewhere.
struct Progress {
    private let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
    private var shownAt = -1_000

    mutating func show(_ text: String) {
        guard isTerminal, Clock.milliseconds - shownAt > 250 else { return }
        shownAt = Clock.milliseconds
        FileHandle.standardError.write(Data("\r\u{1B}[K\(shownAt / 1_000) s, \(text)".utf8))
    }

    func finish() {
        if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
