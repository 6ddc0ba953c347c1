import EventLog
import KafkaProtocol
import TestProcesses
import WireClient

/// An idempotent producer that never gives up: each of its records must be there once, at the offset that it was told.
/// Confined to one thread.
final class PlainWriter {
    let trial: Trial
    let topic: String
    private(set) var acknowledged: [TopicPartition: [Int64: String]] = [:]
    private let cluster: Cluster
    private let producer: WireProducer

    init(_ trial: Trial, topic: String) throws {
        self.trial = trial
        self.topic = topic
        cluster = try Cluster(trial.bootstrapServers, clientID: "plain")
        producer = WireProducer(cluster)
    }

    /// - Parameter limit: how many records at most; more are never needed.
    func work(limit: Int = .max) throws {
        try retry { try self.producer.tryInitialize().errorCode == .none }
        var number = 0
        let places = trial.topics.places(topic)
        while trial.shallGoOn, number < limit {
            let place = places[number % places.count]
            let value = "\(number)"
            try retry {
                let written = try self.producer.tryProduce([value], to: place)
                guard written.errorCode == .none else {
                    throw Failure("\(place), record \(number): \(written.errorCode)")
                }
                self.acknowledged[place, default: [:]][written.baseOffset] = value
                return true
            }
            number += 1
        }
    }

    private func retry(_ request: () throws -> Bool) throws {
        let isDone = try poll(for: .seconds(60), every: .milliseconds(5)) {
            trial.step()
            do {
                return try request()
            } catch is Disconnected {
                cluster.drop()
                return false
            }
        }
        if !isDone { throw Failure("no answer within a minute") }
    }
}
