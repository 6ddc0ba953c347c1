import EventLog
import Messages
import Processing
import Testing

/// `at-least-once`: what a book that others may have written to, or that was written in part, must not lead to.
@Suite struct BookTests {
    /// What a zombie would write that took a command for the first one: all that the command service has in this world.
    private func zombies(_ topic: Topic, _ history: (World) -> Void) throws -> LogRecord {
        let world = World(.atLeastOnce)
        history(world)
        return try #require(world.log.records(topic).last)
    }

    private func append(_ record: LogRecord, to world: World) {
        world.log.append(
            OutgoingRecord(
                topic: record.topic, partition: record.partition, key: record.key, value: record.value,
                headers: record.headers))
    }

    /// Of two events with one id the first counts for the process manager, too, whatever it remembers.
    /// `make simulate SEED=755 GUARANTEE=at-least-once`
    @Test(arguments: [false, true]) func aSecondEventBeginsNothing(losesState: Bool) throws {
        let event = try zombies(.customerEvents) { world in
            world.register("c-1", "D2", id: "a")
            world.live(.commandService)
        }
        let world = World(.atLeastOnce)
        world.request("c-1", "D1", id: "r")
        world.settle()
        #expect(world.story("c-1") == ["CustomerRegistered"])
        if losesState { world.stores[.processManager] = nil }
        append(event, to: world)
        world.settle()
        #expect(world.book("c-1@1").isEmpty)
    }

    /// The first one may have left nothing in the book.
    @Test(arguments: [false, true]) func aSecondEventBeginsNothingThoughTheBookKnowsOfNone(losesState: Bool) throws {
        func history(_ world: World) {
            world.register("c-1", "D1", id: "a")
            world.settle()
        }
        let event = try zombies(.customerEvents) { world in
            history(world)
            world.change("c-1", "D2", id: "b")
            world.live(.commandService)
        }
        let world = World(.atLeastOnce)
        history(world)
        world.unregister("c-1", id: "c")
        world.settle()
        if losesState { world.stores[.processManager] = nil }
        append(event, to: world)
        world.settle()
        #expect(world.book("c-1@3").isEmpty)
    }

    /// What a zombie has registered is known before a command for it is refused.
    /// `make simulate SEED=3218 GUARANTEE=at-least-once`, and 3983
    @Test func nobodyIsRefusedWhomTheBookKnows() throws {
        func registered(_ world: World) {
            world.register("c-1", "D1", id: "a")
            world.live(.commandService)
        }
        let event = try zombies(.customerEvents, registered)
        let outcome = try zombies(.commandOutcomes, registered)
        let world = World(.atLeastOnce)
        world.advice = Adviser { _, _ in true }
        world.register("c-1", "D1", id: "a")
        // While the refusal is on its way, the zombie accepts the same command, and is taken at its word.
        world.beforeOthers[.commandService] = {
            append(event, to: world)
            for group in ConsumerGroup.allCases where group != .commandService { world.live(group) }
        }
        world.live(.commandService)
        #expect(world.story("c-1") == ["CustomerRegistered", "CustomerConfirmed"])
        append(outcome, to: world)
        world.settle()
        #expect(world.log.records(.processOutcomes).isEmpty)
        Invariants.audit(world, "a refusal that is void")
        // And the command is answered as the zombie did, with state and without.
        for losesState in [false, true] {
            if losesState { world.stores[.commandService] = nil }
            world.register("c-1", "D1", id: "a")
            world.settle()
            #expect(world.outcomes.last?.body.result == .accepted(events: ["c-1@1"]))
        }
    }

    /// A refusal that an event makes void is answered anew, though whoever wrote the event is gone.
    @Test(arguments: [false, true]) func anAcceptanceIsToldThoughItsWriterIsGone(losesState: Bool) throws {
        let event = try zombies(.customerEvents) { world in
            world.register("c-1", "D1", id: "a")
            world.live(.commandService)
        }
        let world = World(.atLeastOnce)
        world.advice = Adviser { _, _ in true }
        world.register("c-1", "D1", id: "a")
        world.live(.commandService)
        append(event, to: world)
        if losesState { world.stores[.commandService] = nil }
        world.settle()
        let answers = world.log.messages(.commandOutcomes, Outcome.self)
        #expect(answers.map(\.body.type) == ["CommandRejected", "CommandAccepted"])
        #expect(answers.last?.body.result == .accepted(events: ["c-1@1"]))
        #expect(Set(answers.map(\.metadata.id)).count == 1)
        Invariants.audit(world, "nobody but the owner is left")
        world.stores[.commandService] = nil
        world.settle()
        #expect(world.log.records(.commandOutcomes).count == 2, "once is enough")
    }

    /// What a zombie has decided on an event of its own that came too late is not written.
    /// `make simulate SEED=10024 GUARANTEE=at-least-once`
    @Test func aZombieDoesNotGoOnFromWhatIsVoid() throws {
        func pending(_ world: World) {
            world.register("c-1", "D1", id: "a")
            for group in [ConsumerGroup.commandService, .projectionCustomers, .projectionIndex, .processManager] {
                world.live(group)
            }
            world.unregister("c-1", id: "b")
        }
        // The owner was not told of the confirmation when it took the client's command.
        let event = try zombies(.customerEvents) { world in
            world.register("c-1", "D1", id: "a")
            world.live(.commandService)
            world.unregister("c-1", id: "b")
            world.live(.commandService)
        }
        let world = World(.atLeastOnce)
        pending(world)
        // The zombie has both, and would confirm first.
        world.beforeBook[.commandService] = { append(event, to: world) }
        world.settle()
        #expect(world.story("c-1") == ["CustomerRegistered", "CustomerUnregistered requested"])
        Invariants.check(world, physically: false, "a zombie's second event")
    }

    /// A release that stands in the book is sent, though its process was not yet ended there.
    @Test func aReleaseIsSentThoughTheBookWasWrittenInPart() {
        let world = World(.atLeastOnce)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.request("c-1", "D2", id: "r")
        for group in [ConsumerGroup.processManager, .projectionIndex, .processManager, .commandService] {
            world.live(group)
        }
        world.live(.processManager, cut: .amid)
        let process = World.process("c-1", id: "r")
        guard case .commandIssued(.uniqueClaims, 1, _) = world.book(process).last else {
            Issue.record("not cut behind the release: \(world.book(process))")
            return
        }
        world.settle()
        #expect(world.book(process).last == .rejected(code: "already-registered", nil))
        #expect(world.index["document:D2"] == nil)
        Invariants.check(world, physically: false, "a book in part")
    }
}
