import BrokerCore
import EventLog
import KafkaProtocol
import Simulation
import Testing

/// A broker, a network and time, for tests of the parts.
final class WorldBench {
    let timeline = Timeline(start: 1_700_000_000_000_000)
    let broker: SimulatedBroker
    let network: Network
    var settings = ClientSettings()

    init(seed: UInt64 = 1, faults: NetworkFaults = NetworkFaults(), markerDelay: Int64 = 0, nodes: Int32 = 1) throws {
        broker = SimulatedBroker(
            timeline: timeline,
            configuration: BrokerConfiguration(
                nodeCount: nodes, autoCreateTopics: false, markerDelay: markerDelay))
        network = Network(timeline: timeline, broker: broker, dice: Dice(seed: seed), faults: faults)
        try broker.createTopics([("a", 2, [:]), ("b", 1, [:])])
    }

    deinit {
        broker.crash()
        timeline.clear()
    }

    func host(_ name: String = "host") -> Host { Host(name: name, timeline: timeline) }

    /// Makes a call and lets time pass until it is answered.
    func wait<Answer>(_ call: (@escaping (Answer) -> Void) -> Void) throws -> Answer {
        var answer: Answer?
        call { answer = $0 }
        while answer == nil, timeline.step() {}
        return try #require(answer)
    }

    func run(for microseconds: Int64) {
        let end = timeline.now + microseconds
        while let next = timeline.nextTime, next <= end, timeline.step() {}
    }

    /// All values that a reader of committed records is given, in the order of partitions and offsets.
    func committedValues(_ topic: String = "a") throws -> [String] {
        let host = host("checking reader")
        let reader = SimulatedReader(host: host, network: network, settings: settings)
        defer { host.kill() }
        let places = broker.places.filter { $0.topic == topic }
        let ends = Dictionary(uniqueKeysWithValues: places.map { ($0, broker.lastStableOffset(of: $0)) })
        reader.assign(Dictionary(uniqueKeysWithValues: places.map { ($0, .offset(0)) }))
        var records: [LogRecord] = []
        while places.contains(where: { (reader.positions()[$0] ?? 0) < (ends[$0] ?? 0) }) {
            records += try wait { reader.poll(maxRecords: 7, timeout: .seconds(1), then: $0) }.get()
        }
        records.sort { ($0.topicPartition, $0.offset) < ($1.topicPartition, $1.offset) }
        return records.map { String(decoding: $0.value ?? [], as: UTF8.self) }
    }
}

func record(_ value: String, to topic: String = "a", _ partition: Int32 = 0) -> OutgoingRecord {
    OutgoingRecord(
        topic: topic, partition: partition, key: Array("key".utf8), value: Array(value.utf8),
        headers: [RecordHeader("name", value)])
}
