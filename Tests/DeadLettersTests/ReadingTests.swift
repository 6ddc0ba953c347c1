import DeadLetters
import EventLog
import Messages
import Testing

@Suite("What a dead letter tells") struct ReadingTests {
    @Test func everythingThatItsHeadersSay() throws {
        let letter = try #require(DeadLetter(Letters.record(at: 3), names: Letters.names))
        #expect(letter.place.description == "t.customer-commands-dead-letter/1/3")
        #expect(letter.origin?.description == "t.customer-commands/1/7")
        #expect(letter.input == .customerCommands)
        #expect(letter.reason == "malformed")
        #expect(letter.detail == "the value is no JSON object")
        #expect(letter.service == "command-service")
        #expect(letter.time == Timestamp("2026-01-02T03:04:05Z"))
        #expect(letter.keyText == "c-1")
        #expect(letter.valueSize == 5)
        #expect(letter.valueStart.isEmpty)
        #expect(letter.firstPlace == nil)
        #expect(letter.replayedFrom == nil)
    }

    @Test func recordsOfOtherTopicsAreNone() {
        let record = LogRecord(topic: "t.customer-commands", partition: 0, offset: 0, key: nil, value: nil)
        #expect(DeadLetter(record, names: Letters.names) == nil)
        #expect(DeadLetter(Letters.record(), names: DeploymentNames(prefix: "other.")) == nil)
    }

    @Test(
        "where it was first",
        arguments: [
            ("customer-commands/3/9", true), ("customer-events/3/9", false), ("t.customer-commands/3/9", false),
        ])
    func firstPlace(stated: String, counts: Bool) throws {
        let record = Letters.record(headers: [RecordHeader("origin", stated)])
        let letter = try #require(DeadLetter(record, names: Letters.names))
        #expect(letter.firstPlace == (counts ? stated : nil))
    }

    @Test("an origin of another topic is none: who can write dead letters must not get a record into it")
    func foreignOrigin() throws {
        for named in ["process-commands", "t.customer-commands", "customer-commands/1", ""] {
            let letter = try #require(DeadLetter(Letters.record(named: named), names: Letters.names))
            #expect(letter.origin == nil, "\(named)")
        }
    }

    @Test func withoutHeadersItIsStillSeen() throws {
        let bare = LogRecord(
            topic: "t.customer-commands-dead-letter", partition: 0, offset: 5, timestampMilliseconds: 1_000, key: nil,
            value: nil)
        let letter = try #require(DeadLetter(bare, names: Letters.names))
        #expect(letter.origin == nil)
        #expect(letter.reason.isEmpty)
        #expect(letter.time == Timestamp("1970-01-01T00:00:01Z"))
        #expect(letter.keySize == nil)
        #expect(letter.valueSize == nil)
        var hostile = bare
        hostile.timestampMilliseconds = .max
        #expect(try #require(DeadLetter(hostile, names: Letters.names)).time == nil)
    }

    @Test(arguments: [
        "", "a", "a/1", "a/1/2/3", "/1/2", "a/-1/2", "a/1/-2", "a/+1/2", "a/01/2", "a/1/2 ", "a/1/99999999999999999999",
        "a/2147483648/0",
    ]) func whatIsNoPlace(text: String) {
        #expect(RecordPlace(text) == nil)
    }

    @Test func placesAreReadAsTheyAreWritten() {
        let place = RecordPlace(TopicPartition(topic: "a.b-c", partition: 11), .max)
        #expect(RecordPlace(place.description) == place)
    }

    @Test("the topic that a user means") func topics() {
        for text in ["customer-commands", "t.customer-commands", "customer-commands-dead-letter"] {
            #expect(DeadLetterFilter.input(named: text, in: Letters.names) == .customerCommands)
        }
        for text in ["command-outcomes", "unique-index", "nothing", ""] {
            #expect(DeadLetterFilter.input(named: text, in: Letters.names) == nil)
        }
    }
}
