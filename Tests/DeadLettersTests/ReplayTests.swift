import DeadLetters
import EventLog
import Messages
import Testing

@Suite("The record that is sent again") struct ReplayTests {
    /// The key's own partition among those of the tests.
    private static let home = Murmur2.partition(of: Array("c-1".utf8), count: Letters.partitionCount)
    private static let elsewhere = (home + 1) % Letters.partitionCount
    private static let replayed = RecordHeader("replayed-from", "t.customer-commands-dead-letter/\(home)/0")

    private static func replay(_ record: LogRecord) throws -> OutgoingRecord {
        let letter = try #require(DeadLetter(record, names: Letters.names))
        return try letter.replay(record, partitionCount: Letters.partitionCount)
    }

    @Test func originalBytesAndHeadersAndWhereItWas() throws {
        let headers = [RecordHeader("x", "1"), RecordHeader(name: "x", value: nil), RecordHeader("content-type", "y")]
        let sent = try Self.replay(Letters.record(of: (Self.home, 7), headers: headers))
        #expect(sent.topic == "t.customer-commands")
        #expect(sent.partition == Self.home)
        #expect(sent.key == Array("c-1".utf8))
        #expect(sent.value == Array("hello".utf8))
        #expect(
            sent.headers == headers + [RecordHeader("origin", "customer-commands/\(Self.home)/7"), Self.replayed])
    }

    @Test func aMisroutedOneGoesWhereItsKeyBelongs() throws {
        let sent = try Self.replay(Letters.record(of: (Self.elsewhere, 7)))
        #expect(sent.partition == Self.home)
        #expect(sent.headers.first == RecordHeader("origin", "customer-commands/\(Self.elsewhere)/7"))
    }

    @Test func aNullKeyGoesWhereItWasAndAnEmptyOneIsAKey() throws {
        for partition in 0..<Letters.partitionCount {
            #expect(try Self.replay(Letters.record(of: (partition, 7), key: nil)).partition == partition)
            #expect(
                try Self.replay(Letters.record(of: (partition, 7), key: [])).partition
                    == Murmur2.partition(of: [], count: Letters.partitionCount))
        }
        #expect(throws: ReplayProblem.noSuchPartition(partition: 4, count: 4)) {
            try Self.replay(Letters.record(of: (4, 7), key: nil))
        }
    }

    @Test func nullAndEmptyValuesStayWhatTheyAre() throws {
        #expect(try Self.replay(Letters.record(value: nil)).value == nil)
        #expect(try Self.replay(Letters.record(value: [])).value == [])
    }

    @Test("the first place stays through moves and replays") func statedFirstPlace() throws {
        let first = RecordHeader("origin", "customer-commands/\(Self.elsewhere)/2")
        let earlier = RecordHeader("replayed-from", "t.customer-commands-dead-letter/\(Self.elsewhere)/0")
        let sent = try Self.replay(Letters.record(of: (Self.home, 7), headers: [first, earlier]))
        #expect(sent.headers == [first, Self.replayed])
    }

    @Test("a first place that no service told does not count, and a header of that name can't hide the true one")
    func forgedFirstPlace() throws {
        // On a wrong partition nothing was moved to.
        let forged = RecordHeader("origin", "customer-commands/0/0")
        let misrouted = try Self.replay(Letters.record(of: (Self.elsewhere, 7), headers: [forged]))
        #expect(misrouted.headers.first == RecordHeader("origin", "customer-commands/\(Self.elsewhere)/7"))
        #expect(misrouted.headers.count == 2)
        let own = RecordHeader("origin", "Lisbon")
        let sent = try Self.replay(Letters.record(of: (Self.home, 7), headers: [own]))
        #expect(sent.headers == [RecordHeader("origin", "customer-commands/\(Self.home)/7"), Self.replayed])
    }

    @Test func aSendersOwnHeaderOfThatNameStays() throws {
        let own = RecordHeader("replayed-from", "tape 7")
        let sent = try Self.replay(Letters.record(of: (Self.home, 7), headers: [own]))
        #expect(sent.headers.first == own)
        #expect(sent.headers.last == Self.replayed)
    }
}
