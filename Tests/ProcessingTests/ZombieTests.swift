import EventLog
import Messages
import Processing
import Testing

/// An instance that was frozen, and writes what it had in hand after another has taken over: without transactions
/// nothing keeps its records out.
@Suite struct ZombieTests {
    /// A customer, and a second registration that is to be rejected.
    private func history(_ world: World) {
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.register("c-1", "D2", id: "b")
    }

    private func rejections(_ world: World) -> [RejectionCode] {
        world.outcomes.filter { $0.body.commandID == "b" }.compactMap { outcome in
            if case .rejected(let code, _) = outcome.body.result { code } else { nil }
        }
    }

    /// What a zombie would write of the same command that saw the customer otherwise.
    private func zombiesOutcome(_ code: RejectionCode = .alreadyUnregistered) throws -> Message<Outcome> {
        let world = World(.atLeastOnce)
        history(world)
        world.settle()
        var outcome = try #require(world.outcomes.first { $0.body.commandID == "b" })
        outcome.body.result = .rejected(code, message: code.message)
        return outcome
    }

    /// U4: the first outcome in the log is the one that counts, for its writer's memory too.
    @Test(
        "the first outcome in the log is remembered, also with a code of a later version",
        arguments: [RejectionCode.alreadyUnregistered, RejectionCode(rawValue: "of-a-later-version")])
    func firstOutcome(code: RejectionCode) throws {
        let zombies = try zombiesOutcome(code)
        let world = World(.atLeastOnce)
        history(world)
        let partition = Murmur2.partition(of: Array("c-1".utf8), count: world.log.partitionCount)
        world.beforeOthers[.commandService] = {
            world.log.append(
                OutgoingRecord(
                    topic: Topic.commandOutcomes.rawValue, partition: partition, key: Array("c-1".utf8),
                    value: zombies.encoded()))
        }
        world.settle()
        #expect(rejections(world) == [code])
        #expect(world.observer.counts[.retried] == 1)
        // The command is sent again: it gets the first outcome again, with state and without.
        world.register("c-1", "D2", id: "b")
        world.settle()
        world.stores[.commandService] = nil
        world.register("c-1", "D2", id: "b")
        world.settle()
        #expect(rejections(world) == Array(repeating: code, count: 3))
    }

    /// The group's position is not committed past what was decided on the wrong ground.
    @Test func nothingElseIsInTheWay() {
        let world = World(.atLeastOnce)
        for index in 0..<30 { world.register("c-\(index)", "D\(index % 9)", id: "r\(index)") }
        for index in 0..<30 { world.register("c-\(index)", "E", id: "s\(index)") }
        world.settle()
        #expect(world.observer.counts[.retried] == nil, "what joins is not decided again")
        Invariants.check(world, physically: true, "without zombies")
    }

    /// Entries that are out of date are told to nobody, and go.
    @Test(arguments: DeliveryGuarantee.allCases) func whatWakesForNothingGoes(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee)
        world.register("c-1", "D1", id: "a")
        world.settle()
        let table = StateTable("deadlines")
        let key = [UInt8](repeating: 0, count: 8) + Array("nobody@1".utf8)
        let store = world.stores[.processManager]
        store?.commit([
            PartitionChanges(
                partition: 1, changes: [StateChange(table: table, key: key, value: [])], positions: [:])
        ])
        let positions = store?.positions(partition: 1)
        let size = world.log.size
        world.live(.processManager)
        #expect(store?.value(table: table, partition: 1, key: key) == nil)
        #expect(store?.positions(partition: 1) == positions)
        #expect(world.log.size == size)
    }
}
