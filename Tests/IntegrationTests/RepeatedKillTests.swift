import EventLog
import Foundation
import KafkaClient
import LoadGenerating
import Messages
import TestProcesses
import Testing

/// The command service is killed again and again, and what a plain reader is given is looked at record by record.
@Suite("The command service killed 50 times", Issues.counted) struct RepeatedKillTests {
    @Test(
        "leaves no gap and no contradiction, and in exactly-once no repeat; bad records are put aside once",
        .hangLimit, arguments: DeliveryGuarantee.allCases)
    func kills(guarantee: DeliveryGuarantee) async throws {
        try await Deployments.own("kills", guarantee, services: [.projection, .processManager]) { deployment in
            let campaign = try KillCampaign(deployment)
            try campaign.kill(times: 50)
            let isExact = guarantee == .exactlyOnce

            let verdict = try AuditVerdict(deployment)
            #expect(verdict.run.end == .exit(0), "\(verdict.run)")
            let events = try PhysicalLog(deployment, .customerEvents)
            #expect(events.brokenStreams(allowsRepeats: !isExact) == [])
            #expect(events.contradictions.map(\.place) == [])
            let outcomes = try PhysicalLog(deployment, .commandOutcomes)
            #expect(outcomes.contradictions.map(\.place) == [])
            if isExact { #expect((events.repeats + outcomes.repeats).map(\.place) == []) }
            #expect(verdict.count("U5", "repeats of events") == events.repeats.count)
            let refusals = try PhysicalLog(deployment, .processOutcomes)
            #expect(verdict.count("U4", "repeats of outcomes") == outcomes.repeats.count + refusals.repeats.count)
            try campaign.expectDeadLetters(once: isExact)
            campaign.tell(
                "\(events.records.count) events with \(events.repeats.count) repeats, \(outcomes.records.count) outcomes "
                    + "with \(outcomes.repeats.count)")
        }
    }
}

/// Load, bad records among it, and kills at moments that a seed draws. Confined to one thread.
private final class KillCampaign {
    private let deployment: Deployment
    private let seed: UInt64
    private var dice: SeededGenerator
    private let client: Client
    private let reader: KafkaLogReader
    private var load: LoadInBackground?
    /// Where the bad records lie.
    private var bad: [String] = []
    private var copy: URL { deployment.folder.appendingPathComponent("older-copy") }
    private var state: URL { deployment.state(of: .command) }

    /// - Throws: when the topics can't be read. `SEED` in the environment names a seed, to try its moments again.
    init(_ deployment: Deployment) throws {
        self.deployment = deployment
        seed = ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) ?? .random(in: 1..<1_000_000_000)
        dice = SeededGenerator(seed: seed)
        client = try Client(deployment, reading: [.customerCommandsDeadLetter])
        reader = try KafkaLogReader(configuration: deployment.kafka, isolation: .readUncommitted)
    }

    deinit { reader.close() }

    func tell(_ text: String) {
        FileHandle.standardError.write(
            Data("50 kills, \(deployment.deliveryGuarantee.rawValue), seed \(seed): \(text)\n".utf8))
    }

    /// Kills, and at the end lets everything settle.
    func kill(times: Int) throws {
        tell("begins")
        let began = ContinuousClock.now
        var inTransaction = 0
        for number in 1...times {
            try goOnWithLoad()
            let before = try end()
            try start()
            try writeBadRecord(number)
            if dice.chance(1, of: 4) {
                // Whatever it is doing then: starting, joining, catching up, working.
                try pass(milliseconds: dice.below(800))
            } else {
                try awaitWriting(since: before)
                try pass(milliseconds: dice.below(60))
                inTransaction += 1
            }
            try deployment.kill(.command)
            try changeState(number)
        }
        tell("\(times) kills in \(ContinuousClock.now - began), \(inTransaction) of them after it had begun to write")
        try start()
        try load?.expectSettled(confirmed: 900, compensated: 100)
    }

    /// A static member: whoever is killed has its partitions back as soon as it is there.
    private func start() throws { try deployment.launch(.command, ["--instance-id", "command-1"]) }

    private func goOnWithLoad() throws {
        if let load, load.child.isRunning { return }
        try load?.expectSettled(confirmed: 900, compensated: 100)
        load = try LoadInBackground(deployment, commands: 1000, rate: 100)
    }

    private func writeBadRecord(_ number: Int) throws {
        let place = try client.write(
            key: Array(Unique.text("bad").utf8), value: Array("bad record \(number)".utf8))
        bad.append("\(place.partition)/\(place.offset)")
    }

    /// The end of the customers' events, uncommitted ones included.
    private func end() throws -> Int64 {
        let topic = deployment.names.name(.customerEvents)
        let places = (0..<Deployment.partitionCount).map { TopicPartition(topic: topic, partition: $0) }
        return try reader.watermarks(places).values.reduce(0) { $0 + $1.high }
    }

    private func awaitWriting(since before: Int64) throws {
        let child = try deployment.child(.command)
        let writes = try poll(for: .seconds(60), every: .milliseconds(1)) {
            guard child.isRunning else { throw Failure("the command service ended by itself:\n\(child.logText)") }
            // It may have nothing left to do.
            try goOnWithLoad()
            return try end() > before
        }
        if !writes { throw Failure("the command service writes nothing:\n\(child.logText)") }
    }

    /// Lets the drawn moment come.
    /// - Throws: when the service did not live to see it.
    private func pass(milliseconds: Int) throws {
        let child = try deployment.child(.command)
        if let end = child.end(within: .milliseconds(milliseconds)) {
            throw Failure("the command service ended by itself, \(end):\n\(child.logText)")
        }
    }

    /// By turns its state is kept (and copied), lost, or put back to the copy.
    private func changeState(_ number: Int) throws {
        let files = FileManager.default
        switch number % 3 {
        case 1:
            try? files.removeItem(at: copy)
            if files.fileExists(atPath: state.path) { try files.copyItem(at: state, to: copy) }
        case 2: try? files.removeItem(at: state)
        default:
            try? files.removeItem(at: state)
            if files.fileExists(atPath: copy.path) { try files.copyItem(at: copy, to: state) }
        }
    }

    /// Each bad record is a dead letter: one alone, or repeats with the same origin, key, value and headers.
    func expectDeadLetters(once: Bool) throws {
        try client.takeAll()
        var letters: [String: [Seen]] = [:]
        for letter in client.seen {
            let origin =
                letter.headers("dead-letter-partition").joined() + "/" + letter.headers("dead-letter-offset").joined()
            letters[origin, default: []].append(letter)
        }
        #expect(Set(letters.keys) == Set(bad))
        for (origin, same) in letters.sorted(by: { $0.key < $1.key }) {
            if once { #expect(same.count == 1, "dead letters of \(origin)") }
            let contents = same.map { letter in
                [letter.key, String(decoding: letter.record.value ?? [], as: UTF8.self)]
                    + letter.record.headers.filter { $0.name != "dead-letter-time" }.map { "\($0)" }
            }
            #expect(Set(contents).count == 1, "dead letters of \(origin)")
        }
        tell("\(bad.count) bad records, \(client.seen.count) dead letters")
    }
}
