import DeadLetters
import EventLog
import Messages
import Testing

@Suite("Many dead letters") struct BoxTests {
    @Test func repeatsWithOneOriginAreOneWithACount() {
        let entries = Letters.box([
            Letters.record(at: 0, time: "2026-01-02T03:04:05.000000Z"),
            Letters.record(of: (1, 8), at: 1),
            Letters.record(at: 2, time: "2026-01-02T03:04:09.000000Z"),
        ]).entries
        #expect(entries.map(\.letter.place.offset) == [0, 1])
        #expect(entries.map(\.count) == [2, 1])
    }

    @Test func whatTwoServicesPutAsideIsListedForEach() {
        let entries = Letters.box([
            Letters.record(.customerEvents, at: 0, service: "projection"),
            Letters.record(.customerEvents, at: 1, service: "process-manager"),
        ]).entries
        #expect(entries.map(\.count) == [1, 1])
    }

    @Test("a topic that was made anew counts from 0 again: the same place with another content is no repeat")
    func otherContents() {
        let entries = Letters.box([
            Letters.record(at: 0), Letters.record(at: 1, value: nil), Letters.record(at: 2, value: []),
            Letters.record(at: 3, key: nil), Letters.record(at: 4, key: Array("c-1h".utf8), value: Array("ello".utf8)),
        ]).entries
        #expect(entries.map(\.count) == [1, 1, 1, 1, 1])
    }

    @Test func whatTellsNoOriginIsLikeNothingElse() {
        let entries = Letters.box([Letters.record(at: 0, named: "x"), Letters.record(at: 1, named: "x")]).entries
        #expect(entries.map(\.count) == [1, 1])
    }

    @Test func theNewestIsLast() {
        let entries = Letters.box([
            Letters.record(of: (0, 1), at: 0, time: "2026-01-03T00:00:00Z"),
            Letters.record(of: (3, 1), at: 0, time: "2026-01-01T00:00:00+02:00"),
            Letters.record(of: (2, 1), at: 0, time: "2026-01-02T00:00:00Z"),
            Letters.record(of: (1, 1), at: 0, time: "2026-01-02T00:00:00Z"),
        ]).entries
        #expect(entries.map(\.letter.place.topicPartition.partition) == [3, 1, 2, 0])
    }

    @Test func filters() throws {
        let letter = try #require(DeadLetter(Letters.record(), names: Letters.names))
        let time = try #require(letter.time)
        #expect(DeadLetterFilter().wants(letter))
        #expect(DeadLetterFilter(input: .customerCommands, reason: "malformed", since: time).wants(letter))
        #expect(!DeadLetterFilter(input: .registrationRequests).wants(letter))
        #expect(!DeadLetterFilter(reason: "misrouted").wants(letter))
        #expect(!DeadLetterFilter(since: time.advanced(by: .microseconds(1))).wants(letter))
        let timeless = try #require(DeadLetter(Letters.record(time: "yesterday"), names: Letters.names))
        #expect(DeadLetterFilter(since: time).wants(timeless))
    }
}
