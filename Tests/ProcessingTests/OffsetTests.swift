import EventLog
import Messages
import Processing
import Testing

/// What goes to Kafka with nothing but offsets. Driven action by action, as the simulation found it wrong.
@Suite struct OffsetTests {
    private static let place = TopicPartition(topic: Topic.uniqueClaims.rawValue, partition: 0)

    /// `make simulate SEED=252 GUARANTEE=exactly-once`: committed outside of a transaction, late offsets are fenced by
    /// nothing.
    @Test func offsetsAloneAreATransaction() {
        var worker = Driven(.exactlyOnce)
        worker.give([worker.record(0)])
        #expect(worker.written == [.transaction(records: 0, [Self.place: 1])])
    }

    /// `make simulate SEED=45`: a commit that was late may have put the group back. And whether a batch could be committed
    /// is not known otherwise while none comes.
    @Test(arguments: DeliveryGuarantee.allCases)
    func theGroupIsToldOnceMoreWhereItStands(_ guarantee: DeliveryGuarantee) {
        var worker = Driven(guarantee)
        let written: Driven.Write =
            switch guarantee {
            case .exactlyOnce: .transaction(records: 0, [Self.place: 1])
            case .atLeastOnce: .offsets([Self.place: 1])
            }
        worker.give([worker.record(0)])
        #expect(worker.written == [written])
        worker.give([])
        #expect(worker.written.count == 1)
        for count in 2..<4 {
            worker.now = worker.now.advanced(by: .seconds(11))
            worker.give([])
            #expect(worker.written == Array(repeating: written, count: count))
        }
    }
}

/// A worker that has one partition, up to its next poll.
private struct Driven {
    enum Write: Equatable {
        case transaction(records: Int, [TopicPartition: Int64])
        case offsets([TopicPartition: Int64])
    }

    private final class Clock { var now = Timestamp(microseconds: 1_700_000_000_000_000) }
    private let clock = Clock()
    private var poll: (Result<PollResult, LogError>) -> WorkerAction
    private(set) var written: [Write] = []

    var now: Timestamp {
        get { clock.now }
        nonmutating set { clock.now = newValue }
    }

    init(_ guarantee: DeliveryGuarantee) {
        let clock = clock
        let machine = WorkerMachine(
            core: SilentCore(),
            configuration: WorkerConfiguration(names: DeploymentNames(prefix: ""), partitionCount: 1),
            guarantee: guarantee,
            world: WorkerSurroundings(
                store: InMemoryStateStore(), observer: SilentObserver(), now: { clock.now }, isStopping: { false }))
        poll = { _ in machine.start() }
        goOn(machine.start())
        give(.assigned([TopicPartition(topic: Topic.uniqueClaims.rawValue, partition: 0)]))
        // Until it is taken over, and the first commit has shown that the log takes one.
        while written.isEmpty { give([]) }
        written = []
    }

    func record(_ offset: Int64) -> LogRecord {
        LogRecord(
            topic: Topic.uniqueClaims.rawValue, partition: 0, offset: offset, key: Array("document:D0".utf8),
            value: nil)
    }

    mutating func give(_ records: [LogRecord]) { give(.records(records)) }

    private mutating func give(_ result: PollResult) { goOn(poll(.success(result))) }

    /// Carries out what is wanted, until it is to wait for records.
    private mutating func goOn(_ first: WorkerAction) {
        var action = first
        while true {
            switch action {
            case .poll(_, _, let then):
                poll = then
                return
            case .openProducer(let then), .heartbeat(let then), .unassign(let then): action = then(nil)
            case .assign(_, let then), .beginReading(_, let then): action = then(nil)
            case .committedOffsets(_, _, let then): action = then(.success([:]))
            case .watermarks(let places, _, let then):
                let marks = places.map { ($0, Watermarks(low: 0, high: 1)) }
                action = then(.success(Dictionary(uniqueKeysWithValues: marks)))
            case .commit(let offsets, let then):
                written.append(.offsets(offsets))
                action = then(nil)
            case .transact(let records, let offsets, let then):
                written.append(.transaction(records: records.count, offsets))
                action = then(.committed([]))
            case .produce(let records, let then): action = then(.success(records.map { _ in -1 }))
            case .read(_, _, let then): action = then(.success(([], [:])))
            case .store(_, let then): action = then(nil)
            case .wipe(_, _, let then): action = then(.success(true))
            case .pause(_, let then): action = then()
            case .end(let end):
                Issue.record("ended: \(end)")
                return
            }
        }
    }
}
