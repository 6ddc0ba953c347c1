import EventLog
import Messages
import Processing
import Testing

/// Whatever is written, by whom and however large: the services go on, and what they write fits its topics.
@Suite struct LimitTests {
    private static func filler(_ count: Int) -> String { String(repeating: "x", count: count) }

    /// What Kafka takes of a batch by default, and what the contract's topics take of clients.
    private static let mebibyte = 1_048_576

    @Test(arguments: [DeliveryGuarantee.exactlyOnce, .atLeastOnce])
    func giantsOnEveryTopicAreAnsweredOrPutAside(guarantee: DeliveryGuarantee) {
        let world = World(guarantee)
        let giant = Self.filler(3_000_000)
        let inputs = ConsumerGroup.allCases.flatMap(\.inputs)
        for topic in inputs {
            world.send(giant, key: "c-1", to: topic)
            world.send("{}", key: giant, to: topic)
            world.send("{}", key: "c-1", to: topic, headers: [RecordHeader("x", giant)])
            world.send(
                "{}", key: "c-1", to: topic, headers: (0..<100_000).map { RecordHeader("header-\($0)", "0123456789") })
        }
        world.register("c-2", "D2", id: "a")
        world.settle()
        #expect(world.story("c-2") == ["CustomerRegistered", "CustomerConfirmed"])
        for topic in inputs {
            guard let letters = topic.deadLetter.map(world.log.records) else { continue }
            #expect(letters.contains { $0.headers.contains { $0.name == DeadLetterHeader.truncated } })
            #expect(letters.allSatisfy { $0.size < 2 * Self.mebibyte })
        }
    }

    /// Whoever may write to the services' own topics: what follows from it is bounded all the same.
    @Test func whatFollowsFromALargeRecordFitsItsTopic() {
        let world = World(.exactlyOnce)
        let head = #""source":"/x","time":"2026-01-02T03:04:05Z","specversion":"1.0""#
        for size in [200_000, 900_000] {
            let long = Self.filler(size)
            world.send(
                #"{"id":"a\#(size)",\#(head),"type":"ClaimKey","data":{"keys":[{"attribute":"document","value":"D"}],"at":1,"customerId":"\#(long)","version":1,"purpose":"registration"}}"#,
                key: "document:D", to: .uniqueClaims)
            world.send(
                #"{"id":"b\#(size)",\#(head),"correlationid":"\#(long)","type":"ClaimKey","data":{"keys":[{"attribute":"document","value":"D"}],"at":1,"customerId":"c-1","version":1,"purpose":"registration"}}"#,
                key: "document:D", to: .uniqueClaims)
            world.send(
                #"{"id":"c\#(size)",\#(head),"correlationid":"\#(long)","type":"KeysClaimRejected","data":{"keys":[{"attribute":"document","value":"D"}],"attribute":"document","customerId":"c-1","version":1,"purpose":"registration","heldBy":"c-2"}}"#,
                key: "c-1", to: .uniqueVerdicts)
            world.send(
                #"{"id":"d\#(size)",\#(head),"correlationid":"\#(long)","type":"CustomerRegistered","data":{"values":{"document":"D"},"customerId":"c-1","version":1,"status":"pending","name":"n"}}"#,
                key: "c-1", to: .customerEvents)
        }
        world.settle()
        for topic in Topic.allCases where !topic.isDeadLetter {
            let own = world.log.records(topic).filter {
                !String(decoding: $0.value ?? [], as: UTF8.self).contains("/x")
            }
            #expect(own.allSatisfy { $0.size < Self.mebibyte }, "\(topic)")
        }
        #expect(world.log.records(.uniqueVerdicts).count > 2)
        #expect(!world.log.records(.registrationEvents).isEmpty)
        #expect(world.log.records(.uniqueClaimsDeadLetter).count >= 2)
    }

    /// A process goes on when it is refused by a code that it does not know, and is not told of by a dead letter.
    @Test func aCodeOfALaterVersionIsTakenNoticeOf() throws {
        let world = World(.exactlyOnce)
        world.register("c-1", "D1", id: "a")
        for group in [ConsumerGroup.commandService, .projectionCustomers, .projectionIndex, .processManager] {
            world.live(group)
        }
        let outcome = Outcome(
            customerID: "c-1", commandID: "c-1@1/confirm", commandSource: Source.processManager,
            commandHash: String(repeating: "0", count: 64),
            result: .rejected(RejectionCode(rawValue: "of-a-later-version"), message: "no"), isDuplicate: false,
            position: 0)
        let message = Message(
            Metadata(
                id: "x/outcome", source: Source.commandService, time: world.now, correlationID: "a",
                causationID: "c-1@1/confirm", causationSource: Source.processManager), outcome)
        world.send(String(decoding: message.encoded(), as: UTF8.self), key: "c-1", to: .processOutcomes)
        world.live(.processManager)
        #expect(world.book("c-1@1").last == .escalated(reason: "of-a-later-version"))
        #expect(world.log.records(.processOutcomesDeadLetter).isEmpty)
        world.settle()
        #expect(world.book("c-1@1").last == .completed)
    }
}
