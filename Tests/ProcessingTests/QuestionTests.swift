import EventLog
import Messages
import Processing
import ServiceCores
import Testing

/// What the read side answers over HTTP.
@Suite struct QuestionTests {
    /// What a worker in memory has.
    private final class Shown: ServedState {
        let partitionCount: Int32
        let declaration: Declaration
        private let store: InMemoryStateStore
        /// What is answered, one look after the other; the last one stays.
        private var standings: [ServedPartitions.Standing]

        init(_ world: World, _ group: ConsumerGroup, _ standings: ServedPartitions.Standing...) {
            partitionCount = world.log.partitionCount
            declaration = world.declaration
            store = world.stores[group] ?? InMemoryStateStore()
            self.standings = standings.isEmpty ? [.served(change: 1)] : standings
        }

        func standing(of partition: Int32) -> ServedPartitions.Standing {
            standings.count > 1 ? standings.removeFirst() : standings[0]
        }

        func value(of table: StateTable, partition: Int32, key: [UInt8]) -> [UInt8]? {
            store.value(table: table, partition: partition, key: key)
        }
    }

    private let world: World

    init() {
        world = World(.exactlyOnce, KeysTests.attributes)
        world.register("c-1", values: #"{"document":"D1","email":"ana@example.com","plate":"D2"}"#, id: "a")
        world.request("c-2", values: #"{"document":"D3"}"#, id: "b")
        world.live(.processManager)
        world.live(.projectionIndex)
        for group in [ConsumerGroup.commandService, .projectionCustomers, .projectionIndex, .projectionIndex] {
            world.live(group)
        }
        world.live(.projectionIndex)
    }

    private func ask(_ question: Question, _ standings: ServedPartitions.Standing...) throws -> (Int, String) {
        let state =
            switch standings.count {
            case 0: Shown(world, question.group)
            case 1: Shown(world, question.group, standings[0])
            default: Shown(world, question.group, standings[0], standings[1])
            }
        let answer = try question.answer(from: state)
        #expect((answer.retryAfter != nil) == (answer.status == 503))
        return (answer.status, String(decoding: answer.json, as: UTF8.self))
    }

    @Test(arguments: [
        ("document", " d-1", "D1"), ("document", "D1", "D1"), ("email", " ANA@example.com", "ana@example.com"),
        ("plate", "D2 ", "D2"),
    ]) func whoHoldsAValueInAnySpelling(attribute: String, asked: String, value: String) throws {
        let answer = try ask(.key(attribute: attribute, value: asked))
        #expect(
            answer == (
                200, #"{"attribute":"\#(attribute)","value":"\#(value)","customerId":"c-1","status":"claimed"}"#
            ))
    }

    @Test func whatIsReservedIsToldAsThat() throws {
        #expect(
            try ask(.key(attribute: "document", value: "D3")).1.contains(#""customerId":"c-2","status":"reserved""#))
    }

    /// One value of two attributes is two keys.
    @Test(arguments: [
        ("document", "D2"), ("plate", "D1"), ("email", "b@x"), ("email", "no address"), ("document", "-"),
    ])
    func nobodyHasIt(attribute: String, asked: String) throws {
        #expect(try ask(.key(attribute: attribute, value: asked)).0 == 404)
    }

    @Test func whatIsNotDeclaredCanNotBeAskedFor() throws {
        for name in ["ssn", "Document", ""] {
            let answer = try ask(.key(attribute: name, value: "D1"), .elsewhere)
            #expect(answer.0 == 400 && answer.1.contains(#""error":"unknown-attribute""#))
        }
    }

    @Test func aCustomerWithAllItsValues() throws {
        let answer = try ask(.customer("c-1"))
        #expect(
            answer == (
                200,
                #"{"customerId":"c-1","values":{"document":"D1","email":"ana@example.com","plate":"D2"},"#
                    + #""name":null,"status":"pending","version":1}"#
            ))
        #expect(try ask(.customer("c-9")).0 == 404)
    }

    @Test(arguments: [
        (ServedPartitions.Standing.catchingUp, "catching-up"), (.elsewhere, "not-here"), (.uncertain, "uncertain"),
    ]) func whoCanNotTellSaysSo(standing: ServedPartitions.Standing, code: String) throws {
        for question in [Question.key(attribute: "email", value: "ana@example.com"), .customer("c-1")] {
            // From the beginning, or since it was read.
            for answer in [try ask(question, standing), try ask(question, .served(change: 1), standing)] {
                #expect(answer.0 == 503 && answer.1.contains(#""error":"\#(code)""#))
            }
            #expect(try ask(question, .served(change: 1), .served(change: 2)).0 == 503)
            #expect(try question.answer(from: nil as Shown?).status == 503)
        }
    }
}
