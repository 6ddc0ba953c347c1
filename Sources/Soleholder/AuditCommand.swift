import ArgumentParser
import Auditing
import EventLog
import KafkaClient
import Messages
import Operations
import Processing

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Proves from the topics alone that the guarantees U1 to U7 and U9 hold.",
        discussion: """
            Waits until the system is at rest, reading along. Exits 0 if all guarantees hold, 1 if one is broken, 3 if the \
            system is not at rest by the timeout, or if there is nothing to examine.
            """)

    @OptionGroup(title: "Kafka and logging") var shared: SharedOptions

    @Flag(help: "Print the report as JSON.") var json = false
    @Option(help: ArgumentHelp("How long to wait for the system to be at rest.", valueName: "seconds"))
    var timeout = 60.0

    func run() async throws {
        StandardOutput.prepare()
        let connection = try Connection(shared)
        do throws(LogError) {
            var reading = try AuditReading(connection)
            defer { reading.close() }
            let report = try reading.audit(within: .seconds(timeout))
            StandardOutput.write([json ? String(decoding: report.json(), as: UTF8.self) : report.text(width: 120)])
            endProcess(report.exitCode)
        } catch { Connection.fail(error) }
    }
}

/// Feeds the auditor from the topics until the system is at rest, or time is up.
struct AuditReading {
    private let reader: KafkaLogReader
    private let groups: [(group: ConsumerGroup, offsets: GroupOffsets)]
    private let names: DeploymentNames
    private let places: [TopicPartition]
    private var auditor: Auditor
    private var progress = ReadingProgress()

    init(_ connection: Connection) throws(LogError) {
        names = connection.names
        reader = try KafkaLogReader(configuration: connection.kafka)
        let declaration = try DeclarationReading.require(reader, names: names).declaration
        places = names.places(of: Topic.allCases, partitions: declaration.partitions)
        auditor = Auditor(names: names, declaration: declaration)
        var groups: [(group: ConsumerGroup, offsets: GroupOffsets)] = []
        for group in ConsumerGroup.allCases {
            groups.append(
                (group, try GroupOffsets(configuration: connection.kafka, group: names.name(group))))
        }
        self.groups = groups
    }

    func close() {
        reader.close()
        for group in groups { group.offsets.close() }
    }

    mutating func audit(within timeout: Duration) throws(LogError) -> AuditReport {
        let deadline = ContinuousClock.now + timeout
        let starts = try reader.watermarks(places)
        try reader.assign(starts.mapValues { .offset($0.low) })
        while true {
            // Offsets before ends: what is written in between is then read, and not missed.
            var committed: [ConsumerGroup: [TopicPartition: Int64]] = [:]
            for (group, offsets) in groups {
                let inputs = Set(group.inputs.map(names.name))
                committed[group] = try offsets.committed(places.filter { inputs.contains($0.topic) })
                    .mapValues(\.next)
            }
            let ends = try reader.watermarks(places).mapValues(\.high)
            let unread = try read(to: ends)
            let isAtRest = auditor.restReasons(groupOffsets: committed, unread: unread).isEmpty
            if isAtRest || !unread.isEmpty || ContinuousClock.now >= deadline {
                progress.finish()
                return auditor.verdict(groupOffsets: committed, unread: unread)
            }
            try readOn(until: min(ContinuousClock.now + Self.pause, deadline))
        }
    }

    /// Between two looks at whether the system is at rest: each asks for all ends and offsets, and who asks without a pause
    /// takes the processor from the services that are to come to rest.
    private static let pause = Duration.milliseconds(250)

    private mutating func readOn(until time: ContinuousClock.Instant) throws(LogError) {
        while case let left = time - .now, left > .zero {
            for record in try reader.poll(maxRecords: 20_000, timeout: left) { auditor.observe(record) }
        }
    }

    /// Reads up to the ends, however long that takes as long as it goes on: a verdict on a part of the history is none.
    /// - Returns: what could not be read, with its end, because nothing came for so long.
    private mutating func read(to ends: [TopicPartition: Int64]) throws(LogError) -> [TopicPartition: Int64] {
        let total = ends.values.reduce(0, +)
        var done: Int64 = -1
        var deadline = ContinuousClock.now + KafkaLogReader.patience
        while true {
            let reached = try reader.positions()
            let unread = ends.filter { $0.value > (reached[$0.key] ?? 0) && $0.value > 0 }
            if unread.isEmpty { return [:] }
            let now = ends.reduce(0) { $0 + min($1.value, reached[$1.key] ?? 0) }
            if now != done {
                done = now
                deadline = ContinuousClock.now + KafkaLogReader.patience
            } else if ContinuousClock.now >= deadline {
                return unread
            }
            for record in try reader.poll(maxRecords: 20_000, timeout: .milliseconds(100)) { auditor.observe(record) }
            progress.show(done: now, of: total)
        }
    }
}
