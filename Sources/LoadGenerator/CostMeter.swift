import EventLog
import Foundation
import KafkaClient
import LoadGenerating
import Messages

/// What a run costs the deployment: records on all topics, and processor time of processes on this machine.
struct CostMeter {
    /// A process to watch, as `--cpu-of name=pid` gives it.
    struct WatchedProcess: Hashable, Sendable {
        var name: String
        var id: Int32
    }

    private let kafka: KafkaConfiguration
    private let names: DeploymentNames
    private let processes: [WatchedProcess]
    private let places: [TopicPartition]
    private let startEnds: [TopicPartition: Int64]
    private let startTimes: [String: Double]

    /// How long nothing may be written for the deployment to count as being at rest.
    private static let quiet: Int64 = 1_000_000
    private static let patience: Int64 = 30_000_000

    /// Notes where everything stands; nil if nothing is to be measured.
    init?(
        kafka: KafkaConfiguration, names: DeploymentNames, partitionCount: Int32, options: LoadGeneratorCommand
    ) throws {
        guard options.countRecords || !options.cpuOf.isEmpty else { return nil }
        self.kafka = kafka
        self.names = names
        processes = options.cpuOf
        places = Topic.allCases.flatMap { topic in
            (0..<topic.partitionCount(declared: partitionCount)).map {
                TopicPartition(topic: names.name(topic), partition: $0)
            }
        }
        let reader = try KafkaLogReader(configuration: kafka)
        defer { reader.close() }
        startEnds = try reader.watermarks(places).mapValues(\.high)
        startTimes = try Self.times(of: processes)
        isCounting = options.countRecords
    }

    private let isCounting: Bool

    /// Waits until nothing is written any more, and tells what came since the beginning.
    func finish() throws -> Cost {
        let reader = try KafkaLogReader(configuration: kafka)
        defer { reader.close() }
        var ends = try reader.watermarks(places).mapValues(\.high)
        var times = try Self.times(of: processes)
        let deadline = Clock.now() + Self.patience
        var changedAt = Clock.now()
        while Clock.now() < min(changedAt + Self.quiet, deadline) {
            // An idle reader waits here; there is nothing to read for it.
            _ = try reader.poll(maxRecords: 1, timeout: .milliseconds(200))
            let now = try reader.watermarks(places).mapValues(\.high)
            guard now != ends else { continue }
            ends = now
            // What runs on after the last record is no work of this run.
            times = try Self.times(of: processes)
            changedAt = Clock.now()
        }
        var cost = Cost()
        for (name, time) in times { cost.cpuSeconds[name] = ((time - (startTimes[name] ?? 0)) * 1000).rounded() / 1000 }
        if isCounting { cost.recordsByTopic = try count(reader, to: ends) }
        return cost
    }

    /// Counts by reading: the ends alone would count the markers of transactions too.
    private func count(_ reader: KafkaLogReader, to ends: [TopicPartition: Int64]) throws(LogError) -> [String: Int] {
        var counts = Dictionary(uniqueKeysWithValues: Topic.allCases.map { ($0.rawValue, 0) })
        let grown = ends.filter { $0.value > startEnds[$0.key] ?? 0 }
        try reader.assign(grown.reduce(into: [:]) { $0[$1.key] = .offset(startEnds[$1.key] ?? 0) })
        let deadline = Clock.now() + Self.patience
        while Clock.now() < deadline {
            for record in try reader.poll(maxRecords: 20_000, timeout: .milliseconds(100))
            where record.offset < ends[record.topicPartition] ?? 0 {
                if let topic = names.topic(record.topic) { counts[topic.rawValue, default: 0] += 1 }
            }
            let reached = try reader.positions()
            if grown.allSatisfy({ reached[$0.key] ?? 0 >= $0.value }) { break }
        }
        return counts
    }

    /// Processor time so far, in seconds, by name; processes of one name are added up.
    private static func times(of processes: [WatchedProcess]) throws -> [String: Double] {
        var times: [String: Double] = [:]
        for process in processes {
            guard let data = FileManager.default.contents(atPath: "/proc/\(process.id)/stat"),
                let seconds = ProcessorTime.seconds(
                    stat: String(decoding: data, as: UTF8.self), ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
            else {
                throw WrongUse(
                    description: "--cpu-of \(process.name)=\(process.id): /proc tells nothing of that process")
            }
            times[process.name, default: 0] += seconds
        }
        return times
    }
}
