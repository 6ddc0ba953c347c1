import ChaosPlanning
import EventLog
import Foundation
import KafkaClient
import Messages
import Synchronization

/// Watches from outside what becomes of registrations: a consumer of commands, outcomes and events, in no group.
final class Observer: Sendable {
    private struct State {
        var seen = Observations()
        var isWatching = false
        var failure: String?
    }

    private let kafka: KafkaConfiguration
    private let names: DeploymentNames
    private let state = Mutex(State())
    private let isStopped = Atomic<Bool>(false)

    init(bootstrapServers: String, names: DeploymentNames) {
        // What this one needs to find new leaders must not count as a stall of the services.
        kafka = KafkaConfiguration(
            bootstrapServers: bootstrapServers,
            properties: ["metadata.max.age.ms": "1000", "topic.metadata.refresh.interval.ms": "1000"],
            clientID: "observer")
        self.names = names
        let thread = Thread { [self] in
            do { try watch() } catch { state.withLock { $0.failure = "\(error)" } }
        }
        thread.stackSize = 4 << 20
        thread.start()
    }

    var seen: Observations { state.withLock { $0.seen } }
    var isWatching: Bool { state.withLock { $0.isWatching } }
    /// Why it sees nothing more; nil while it does.
    var failure: String? { state.withLock { $0.failure } }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    private func watch() throws {
        let reader = try KafkaLogReader(configuration: kafka, timeout: .seconds(30))
        defer { reader.close() }
        var places: [TopicPartition] = []
        var count: Int32 = 0
        for topic in [Topic.customerCommands, .commandOutcomes, .customerEvents] {
            count = try reader.partitionCount(of: names.name(topic)) ?? 0
            places += (0..<count).map { TopicPartition(topic: names.name(topic), partition: $0) }
        }
        try reader.assign(
            try reader.watermarks(places).mapValues { .offset($0.high) })
        state.withLock { $0.isWatching = true }
        // Record times are the wall clock's.
        let offset = Int64(Date().timeIntervalSince1970 * 1_000) - Int64(Clock.milliseconds)
        while !isStopped.load(ordering: .relaxed) {
            let records = try reader.poll(maxRecords: 10_000, timeout: .milliseconds(50))
            let now = Clock.milliseconds
            state.withLock { state in
                for record in records { take(record, count, now, offset, &state.seen) }
            }
        }
    }

    private func take(
        _ record: LogRecord, _ count: Int32, _ now: Int, _ offset: Int64, _ seen: inout Observations
    ) {
        guard let key = record.key, let value = record.value, let message = try? JSONObject(value) else { return }
        let customer = String(decoding: key, as: UTF8.self)
        guard let type = message.text("type") else { return }
        switch (names.topic(record.topic), type) {
        case (.customerCommands, "RegisterCustomer"):
            guard let values = message.object("data")?.object("values") else { return }
            let keys = TestedDeclaration.attributes.compactMap { attribute in
                values.text(attribute.name).flatMap { attribute.normalize.normalize($0) }.map {
                    UniqueKey(attribute: attribute.name, value: $0)
                }
            }
            seen.send(
                customer, at: Int(record.timestampMilliseconds - offset), customerPartition: record.partition,
                keyPartitions: Set(keys.map { Murmur2.partition(of: $0.bytes, count: count) }))
        case (.commandOutcomes, "CommandAccepted"): seen.answer(customer, at: now)
        case (.commandOutcomes, "CommandRejected"):
            seen.answer(customer, at: now)
            seen.settle(customer, at: now)
        case (.customerEvents, "CustomerConfirmed"), (.customerEvents, "CustomerUnregistered"):
            seen.settle(customer, at: now)
        default: break
        }
    }
}
