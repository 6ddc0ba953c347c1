import EventLog
import KafkaProtocol
import TestProcesses
import WireClient

/// A transactional producer under a load of kills that writes down what it was told of each transaction. Confined to one
/// thread.
///
/// A transaction writes some records, each with the transaction's number, and the number as an offset of a group of its
/// own. Requests that break are sent again, as a client does, or given up, as if it had died.
final class LedgerWriter {
    enum Outcome: Hashable, Sendable { case committed, aborted, unknown }

    struct Entry: Sendable {
        var number: Int64
        var places: [TopicPartition: Int]
        var outcome: Outcome

        /// What it writes, each text once.
        func values(of name: String) -> [String] {
            places.sorted { $0.key < $1.key }.flatMap { place, count in values(of: name, place, count) }
        }

        func values(of name: String, _ place: TopicPartition, _ count: Int) -> [String] {
            (0..<count).map { "\(name) \(number) \(place.partition) \($0)" }
        }
    }

    /// The transaction is lost: its producer begins anew.
    private struct GivenUp: Error {}

    let trial: Trial
    let name: String
    private(set) var ledger: [Entry] = []
    /// The first one is where offsets are committed.
    private let places: [TopicPartition]
    private var random: SeededGenerator
    private let cluster: Cluster
    private let producer: WireProducer
    private var isReady = false

    init(_ trial: Trial, name: String, seed: UInt64) throws {
        self.trial = trial
        self.name = name
        random = SeededGenerator(seed: seed)
        places = trial.topics.places(trial.topics.ledger)
        cluster = try Cluster(trial.bootstrapServers, clientID: name)
        producer = WireProducer(cluster, transactionalID: name)
    }

    var group: String { "\(name)-group" }

    func work() throws {
        var number: Int64 = 0
        while trial.shallGoOn {
            number += 1
            ledger.append(Entry(number: number, places: [:], outcome: .aborted))
            do {
                try transact(number)
            } catch is GivenUp {
                isReady = false
            }
        }
        // A last one cleans up what was left open.
        isReady = false
        try initialize()
    }

    private func transact(_ number: Int64) throws {
        if !isReady { try initialize() }
        let last = ledger.count - 1
        let chosen = places.filter { _ in random.chance(1, of: 2) }
        for place in chosen.isEmpty ? [places[0]] : chosen {
            try attempt { try $0.tryAdd([place]) }
            let count = 1 + random.below(4)
            ledger[last].places[place] = count
            let values = ledger[last].values(of: name, place, count)
            try attempt { try $0.tryProduce(values, to: place).errorCode }
        }
        try attempt { try $0.tryAddOffsets(of: self.group) }
        try attempt { try $0.tryCommitOffset(number, of: self.places[0], group: self.group) }
        let ending: WireProducer.Ending = random.chance(3, of: 4) ? .commit : .abort
        // Before this nobody may ever see it.
        if ending == .commit { ledger[last].outcome = .unknown }
        try attempt { try $0.tryEnd(ending) }
        ledger[last].outcome = ending == .commit ? .committed : .aborted
    }

    private func initialize() throws {
        try retry(giveUp: 0) { try self.producer.tryInitialize().errorCode }
        isReady = true
    }

    private func attempt(_ request: (WireProducer) throws -> ErrorCode) throws {
        try retry(giveUp: 3) { try request(self.producer) }
    }

    /// Sends a request until it is answered.
    /// - Parameter giveUp: in how many of ten cases to give up when the connection breaks.
    private func retry(giveUp: Int, _ request: () throws -> ErrorCode) throws {
        var last = "nothing"
        let isAnswered = try poll(for: .seconds(60), every: .milliseconds(2)) {
            trial.step()
            do {
                let error = try request()
                if error == .none { return true }
                last = "\(error)"
                guard Set<ErrorCode>.transactionEnds.contains(error) else {
                    throw Failure("\(name), transaction \(ledger.last?.number ?? 0): \(error)")
                }
            } catch let error as Disconnected {
                // It is asked again until the broker is back, unless this is the end of the producer's life.
                let wasThere = last != error.description
                last = error.description
                cluster.drop()
                if wasThere, random.chance(giveUp, of: 10) { throw GivenUp() }
            }
            return false
        }
        if !isAnswered { throw Failure("\(name): no answer within a minute; the last was \(last)") }
    }
}
