import EventLog
import KafkaProtocol
import Testing

@testable import BrokerCore

/// The queue of parked fetches against a plain list.
@Suite struct FetchQueueTests {
    private static func fetch(_ deadline: Int64, _ partitions: [Int32]) -> ParkedFetch {
        ParkedFetch(
            request: FetchRequest(), reader: FetchReader(node: 1, access: .replica), deadline: deadline,
            places: partitions.map { BrokerWorld.place($0) })
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func itKnowsWhoWaitsForWhatAndUntilWhen(seed: UInt64) {
        var draws = LogDraws(seed: seed)
        var queue = FetchQueue()
        var plain: [RequestToken: ParkedFetch] = [:]
        var now: Int64 = 0
        for number in 0..<2_000 {
            let token = RequestToken(rawValue: Int64(number))
            switch draws.below(4) {
            case 0, 1:
                let partitions = (0..<4).filter { _ in draws.chance(1, of: 2) }.map { Int32($0) }
                let fetch = Self.fetch(now + Int64(draws.below(500)), partitions)
                queue.park(fetch, as: token)
                plain[token] = fetch
            case 2:
                let known = plain.keys.sorted()
                guard !known.isEmpty else { continue }
                let token = known[draws.below(known.count)]
                let removals = [queue.remove(token), queue.remove(token)]
                #expect(removals == [true, false])
                plain[token] = nil
            default:
                now += Int64(draws.below(20))
                let due = queue.due(now: now)
                #expect(due.sorted() == plain.filter { $0.value.deadline <= now }.keys.sorted())
                for token in due {
                    queue.remove(token)
                    plain[token] = nil
                }
            }
            let place = BrokerWorld.place(Int32(draws.below(4)))
            #expect(
                queue.tokens(waitingFor: [place]) == plain.filter { $0.value.places.contains(place) }.keys.sorted())
            #expect(queue.parked.count == plain.count && queue.isEmpty == plain.isEmpty)
            // It may be too early, never too late.
            if let first = plain.values.map(\.deadline).min() { #expect((queue.nextDeadline ?? .max) <= first) }
        }
    }

    @Test func whatIsAnsweredEarlyDoesNotPileUp() {
        var queue = FetchQueue()
        queue.park(Self.fetch(.max, [0]), as: RequestToken(rawValue: -1))
        for number in Int64(0)..<10_000 {
            queue.park(Self.fetch(1_000_000 + number, [0]), as: RequestToken(rawValue: number))
            queue.remove(RequestToken(rawValue: number))
        }
        #expect(queue.deadlineCount < 100)
    }
}
