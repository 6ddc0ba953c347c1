import EventLog
import Messages
import Processing
import Testing

@Suite(.serialized) struct FlowTests {
    @Test(arguments: DeliveryGuarantee.allCases)
    func theFirstKeepsTheDocumentAndTheSecondIsUndone(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee)
        world.register("c-1", "529.982.247-25", id: "a")
        world.settle()
        world.register("c-2", "52998224725", id: "b")
        world.settle()
        #expect(world.story("c-1") == ["CustomerRegistered", "CustomerConfirmed"])
        #expect(world.story("c-2") == ["CustomerRegistered", "CustomerUnregistered duplicate"])
        #expect(world.outcomes.map(\.body.type) == ["CommandAccepted", "CommandAccepted"])
        #expect(world.log.messages(.uniqueIndex, KeyHolder.self).map(\.body.customerID) == ["c-1"])
        #expect(world.log.distinct(.uniqueVerdicts).keys.sorted() == ["c-1@1/claim/granted", "c-2@1/claim/rejected"])
        #expect(
            world.log.messages(.registrationEvents, RegistrationEvent.self).filter { $0.body.process == "c-2@1" }
                .map(\.body.type) == ["RegistrationStarted", "RegistrationCommandIssued", "RegistrationCompensated"])
    }

    @Test func aDocumentThatWasGivenUpCanBeTakenAgain() {
        let world = World(.exactlyOnce)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.unregister("c-1", id: "b")
        world.settle()
        world.register("c-2", "D1", id: "c")
        world.settle()
        #expect(world.story("c-1").last == "CustomerUnregistered requested")
        #expect(world.story("c-2").last == "CustomerConfirmed")
    }

    @Test func aClaimThatWasAnsweredIsNotAnsweredAgain() throws {
        let world = World(.atLeastOnce)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.unregister("c-1", id: "b")
        world.settle()
        let answers = world.log.records(.uniqueVerdicts).count
        let claim = try #require(world.log.records(.uniqueClaims).first)
        world.log.append(
            OutgoingRecord(
                topic: claim.topic, partition: claim.partition, key: claim.key, value: claim.value,
                headers: claim.headers))
        world.settle()
        #expect(world.log.records(.uniqueVerdicts).count == answers)
        // Taken for new, it would hold the document for a customer who is gone.
        world.register("c-2", "D1", id: "c")
        world.settle()
        #expect(world.story("c-2").last == "CustomerConfirmed")
    }

    @Test func whoLeavesBeforeTheVerdictIsLeftAlone() {
        let world = World(.exactlyOnce)
        world.register("c-1", "D1", id: "a")
        world.unregister("c-1", id: "b")
        world.settle()
        #expect(world.story("c-1") == ["CustomerRegistered", "CustomerUnregistered requested"])
        let book = world.log.messages(.registrationEvents, RegistrationEvent.self).map(\.body)
        #expect(book.last?.kind == .rejected(code: "already-unregistered", nil))
        world.register("c-2", "D1", id: "c")
        world.settle()
        #expect(world.story("c-2").last == "CustomerConfirmed")
    }

    @Test(arguments: DeliveryGuarantee.allCases)
    func aCommandSentAgainGetsTheSameOutcomeAgain(_ guarantee: DeliveryGuarantee) throws {
        let world = World(guarantee)
        world.register("c-1", "D1", id: "a")
        world.settle()
        // Whatever the service has forgotten, the log has not.
        world.stores = [:]
        let again = world.register("c-1", values: #" { "document" : "D1" } "#, id: "a")
        // What is hashed is what was sent, not what it means.
        let other = world.register("c-1", "d-1", id: "a")
        world.settle()
        let outcomes = world.outcomes
        try #require(outcomes.count == 3)
        let key = DeduplicationKey(topic: .customerCommands, customerID: "c-1", source: "/test", id: "a")
        let partition = Murmur2.partition(of: Array("c-1".utf8), count: world.log.partitionCount)
        #expect(
            outcomes.map(\.metadata.id) == [
                "\(key)/outcome", "\(key)/outcome/\(partition)/\(again)", "\(key)/outcome/\(partition)/\(other)",
            ])
        #expect(outcomes[1].body.isDuplicate)
        #expect(outcomes[1].body.result == outcomes[0].body.result)
        guard case .rejected(.deduplicationKeyReused, _) = outcomes[2].body.result else {
            Issue.record("the other content was not refused")
            return
        }
        #expect(world.story("c-1") == ["CustomerRegistered", "CustomerConfirmed"])
    }

    @Test func aMisroutedCommandIsDecidedWhereItBelongs() {
        let world = World(.exactlyOnce)
        let home = Murmur2.partition(of: Array("c-1".utf8), count: world.log.partitionCount)
        let wrong = (home + 1) % world.log.partitionCount
        world.send(
            #"{"type":"RegisterCustomer","data":{"values":{"document":"D1"}}}"#, key: "c-1", partition: wrong)
        world.settle()
        #expect(world.story("c-1") == ["CustomerRegistered", "CustomerConfirmed"])
        #expect(world.outcomes.map(\.body.commandID) == ["customer-commands/\(wrong)/0"])
        let moved = world.log.records(.customerCommands).filter { $0.partition == home }
        #expect(moved.map(\.headers) == [[RecordHeader("origin", "customer-commands/\(wrong)/0")]])
    }

    @Test func whatCanNotBeAnsweredIsPutAsideWhole() throws {
        let world = World(.exactlyOnce)
        let header = RecordHeader(name: "x", value: nil)
        world.send("no json", key: "c-1", headers: [header])
        world.send("{}", key: nil)
        world.send("{}", key: "a\u{7}b")
        world.register("c-1", "D1", id: "a")
        world.settle()
        let letters = world.log.records(.customerCommandsDeadLetter)
        #expect(letters.count == 3)
        let letter = try #require(letters.first { $0.key == Array("c-1".utf8) })
        #expect(letter.value == Array("no json".utf8))
        #expect(letter.headers.first == header)
        let named = Dictionary(
            letter.headers.map { ($0.name, String(decoding: $0.value ?? [], as: UTF8.self)) }, uniquingKeysWith: { $1 })
        #expect(named["dead-letter-reason"] == "malformed")
        #expect(named["dead-letter-topic"] == "customer-commands")
        #expect(named["dead-letter-offset"] == "0")
        #expect(named["dead-letter-service"] == "command-service")
        #expect(world.story("c-1").last == "CustomerConfirmed")
    }

    @Test func nobodyPassesForTheProcessManager() {
        let world = World(.exactlyOnce)
        world.register("c-1", "D1", id: "a")
        world.settle()
        // A name that the process manager would use, from a client.
        world.send(
            #"{"id":"c-2@1/unregister","source":"/process-manager","type":"RegisterCustomer","data":{"values":{"document":"D1"}}}"#,
            key: "c-2")
        world.send(
            #"{"id":"x","type":"ConfirmCustomer","data":{"version":1}}"#, key: "c-2")
        world.send(
            #"{"id":"y","type":"RegisterCustomer","data":{"values":{"document":"D1"},"reservation":"r"}}"#, key: "c-3")
        world.settle()
        world.stores = [:]
        world.settle()
        #expect(world.story("c-2") == ["CustomerRegistered", "CustomerUnregistered duplicate"])
        let codes = world.outcomes.compactMap { outcome -> RejectionCode? in
            if case .rejected(let code, _) = outcome.body.result { code } else { nil }
        }
        #expect(codes == [.notAllowed, .notAllowed])
    }

    @Test func aRequestOfAnUnknownKindIsAnsweredOnce() {
        let world = World(.exactlyOnce)
        let request = #"{"id":"r-1","type":"StartSomething","data":{"values":{"document":"D1"}}}"#
        world.send(request, key: "c-1", to: .registrationRequests)
        world.send(request, key: "c-1", to: .registrationRequests)
        world.settle()
        let key = DeduplicationKey(topic: .registrationRequests, customerID: "c-1", source: "", id: "r-1")
        let book = world.log.messages(.registrationEvents, RegistrationEvent.self)
        #expect(book.map(\.metadata.id) == ["\(key)/rejected"])
        #expect(book.map(\.body.kind) == [.rejected(code: "unknown-type", nil)])
    }

    @Test(arguments: DeliveryGuarantee.allCases)
    func aCommandWithoutAnswerIsSentAgainAfterItsDeadline(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee)
        world.register("c-1", "D1", id: "a")
        for group in [ConsumerGroup.commandService, .projectionCustomers, .projectionIndex, .processManager] {
            world.live(group)
        }
        #expect(world.log.records(.processCommands).count == 1)
        world.live(.processManager)
        #expect(world.log.records(.processCommands).count == 1, "the deadline is not over")
        world.now = world.now.advanced(by: .seconds(11))
        world.live(.processManager)
        #expect(world.log.records(.processCommands).count == 2)
        #expect(Set(world.log.records(.processCommands).map(\.value)).count == 1)
        world.settle()
        #expect(world.story("c-1") == ["CustomerRegistered", "CustomerConfirmed"])
        #expect(world.log.records(.processOutcomes).isEmpty, "an acceptance has an event, which tells it")
    }

    @Test(
        "answers that lie unread when a deadline is over by the clock are answers",
        arguments: DeliveryGuarantee.allCases)
    func unreadAnswers(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee)
        let customers = (0..<40).map { "c-\($0)" }
        for customer in customers { world.register(customer, "D-\(customer)", id: customer) }
        for group in [ConsumerGroup.commandService, .projectionCustomers, .projectionIndex, .processManager] {
            world.live(group)
        }
        #expect(world.log.records(.processCommands).count == customers.count)
        // Everything is answered, and lies there for hours, a record in each batch: the clock is ahead of what was read.
        world.live(.commandService)
        world.now = world.now.advanced(by: .seconds(20_000))
        world.batchLimit = 1
        world.moves = .milliseconds(300)
        world.live(.processManager)
        #expect(world.log.records(.processCommands).count == customers.count)
        for customer in customers { #expect(world.book("\(customer)@1").last == .completed) }
    }

    @Test(
        "a partition beyond the declared ones ends a service before it takes anything",
        arguments: DeliveryGuarantee.allCases)
    func partitionsBeyondTheDeclaredOnes(_ guarantee: DeliveryGuarantee) throws {
        let world = World(guarantee)
        world.declaredPartitions = world.log.partitionCount - 1
        for customer in 0..<20 { world.send("{}", key: "c-\(customer)") }
        let before = world.log.size
        for group in ConsumerGroup.allCases {
            guard case .misconfigured(let detail) = world.live(group) else {
                Issue.record("\(group) goes on")
                continue
            }
            #expect(detail.contains("2 are declared"))
        }
        #expect(world.log.size == before)
    }
}
