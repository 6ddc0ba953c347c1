import EventLog
import Foundation
import Synchronization
import TestProcesses
import WireClient

/// A broker that is killed and started again at the same place, under a load that never stops.
final class Trial: Sendable {
    let seed: UInt64
    let kills: Int
    let sync: BrokerProcess.Sync
    let folder: URL
    let topics: Topics
    /// Steps that the load has taken: a kill comes after so many more of them.
    let steps = Atomic<Int>(0)
    private let isOver = Atomic<Bool>(false)
    private let broker = Mutex<BrokerProcess?>(nil)
    private let port: Int32

    struct Topics: Sendable {
        var ledger = "ledger"
        var plain = "plain"
        var source = "source"
        var target = "target"
        var partitions: Int32 = 3

        func places(_ topic: String) -> [TopicPartition] {
            (0..<partitions).map { TopicPartition(topic: topic, partition: $0) }
        }
    }

    init(seed: UInt64, kills: Int, sync: BrokerProcess.Sync) throws {
        self.seed = seed
        self.kills = kills
        self.sync = sync
        folder = try Unique.folder("kills")
        topics = Topics()
        // The first start finds a free port, and the later ones keep it.
        let first = try BrokerProcess(keepingIn: folder, sync)
        port = try first.address.port
        broker.withLock { $0 = first }
        for topic in [topics.ledger, topics.plain, topics.source, topics.target] {
            try Cluster(bootstrapServers).createTopic(topic, partitions: topics.partitions)
        }
    }

    var bootstrapServers: String { "127.0.0.1:\(port)" }
    var shallGoOn: Bool { !isOver.load(ordering: .acquiring) }

    /// Counts a step of the load.
    func step() { steps.wrappingAdd(1, ordering: .relaxed) }

    /// Kills and restarts as often as wanted. Between two kills the load takes a number of steps that the seed decides:
    /// few, so that kills hit every part of a transaction and of the recovery, and sometimes many.
    func killAll() throws {
        defer { isOver.store(true, ordering: .releasing) }
        var random = SeededGenerator(seed: seed)
        for kill in 1...kills {
            let target =
                steps.load(ordering: .relaxed) + (random.chance(1, of: 4) ? random.below(400) : random.below(60))
            let isReached = poll(for: .seconds(90), every: .microseconds(200)) {
                steps.load(ordering: .relaxed) >= target
            }
            guard isReached else { throw Failure("kill \(kill): the load stands still at \(target)") }
            try restart(.kill)
        }
        // Now everything has to come to its end.
    }

    enum Ending { case kill, stop }

    func restart(_ ending: Ending) throws {
        try broker.withLock { broker in
            guard let old = broker else { throw Failure("there is no broker") }
            guard old.child.isRunning else { throw Failure("the broker ended by itself:\n\(old.child.logText)") }
            switch ending {
            case .kill:
                old.child.kill()
                guard old.child.end(within: .seconds(10)) == .signal(9) else { throw Failure("it was not killed") }
            case .stop:
                guard old.child.stop(within: .seconds(20)) == .exit(0) else {
                    throw Failure("the broker did not stop well:\n\(old.child.logText)")
                }
            }
            broker = nil
            broker = try BrokerProcess(keepingIn: folder, sync, port: port)
        }
    }

    func end() {
        isOver.store(true, ordering: .releasing)
        broker.withLock { broker in
            broker?.child.stop()
            broker = nil
        }
        try? FileManager.default.removeItem(at: folder)
    }
}
