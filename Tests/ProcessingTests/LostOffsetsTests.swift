import EventLog
import Messages
import Processing
import Testing

/// Offsets that expired, were deleted, or were committed by somebody else, and records that were trimmed away meanwhile.
@Suite(.serialized) struct LostOffsetsTests {
    private static func world(_ guarantee: DeliveryGuarantee) -> World {
        let world = World(guarantee)
        for index in 0..<6 { world.register("c-\(index)", "D\(index % 4)", id: "r\(index)") }
        world.request("c-7", "D7", id: "q")
        world.settle()
        return world
    }

    /// Case 5: the usual order of events after a long stop.
    @Test(arguments: DeliveryGuarantee.allCases, [false, true])
    func commandsThatWereTrimmedUnprocessedStopTheService(_ guarantee: DeliveryGuarantee, losesState: Bool) throws {
        let world = Self.world(guarantee)
        let lost = world.register("c-9", "D9", id: "lost")
        world.log.trim(.customerCommands)
        world.log.committed = [:]
        if losesState { world.stores = [:] }
        let end = world.live(.commandService)
        guard case .broken(let reason) = end else {
            Issue.record("ended otherwise: \(end)")
            return
        }
        let partition = Murmur2.partition(of: Array("c-9".utf8), count: world.log.partitionCount)
        #expect(
            reason.contains("customer-commands/\(partition): offsets \(lost) to \(lost) were trimmed away"), "\(reason)"
        )
        let command = "soleholder offsets set --group command-service --topic customer-commands --to earliest"
        #expect(reason.contains(command), "\(reason)")
        // What the message says is done.
        let operators = OffsetMark.of("operator")
        world.log.set(world.log.low, of: .commandService, metadata: operators)
        world.register("c-10", "D10", id: "new")
        world.settle()
        #expect(world.story("c-10") == ["CustomerRegistered", "CustomerConfirmed"])
    }

    /// Nothing is missing where all that was trimmed had been answered.
    @Test(arguments: DeliveryGuarantee.allCases, [false, true])
    func commandsThatWereTrimmedAfterwardsAreNotMissed(_ guarantee: DeliveryGuarantee, losesState: Bool) {
        let world = Self.world(guarantee)
        world.log.trim(.customerCommands)
        world.log.committed = [:]
        if losesState { world.stores = [:] }
        let outcomes = world.log.records(.commandOutcomes).count
        #expect(world.live(.commandService) == .asked)
        #expect(world.log.records(.commandOutcomes).count == outcomes)
        world.register("c-10", "D10", id: "new")
        world.settle()
        #expect(world.story("c-10") == ["CustomerRegistered", "CustomerConfirmed"])
    }

    @Test(arguments: DeliveryGuarantee.allCases)
    func aGroupThatNeverWorkedBeginsAtTheEarliestRecord(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee)
        world.register("c-1", "D1", id: "trimmed")
        world.log.trim(.customerCommands)
        world.register("c-2", "D2", id: "a")
        world.settle()
        #expect(world.story("c-2") == ["CustomerRegistered", "CustomerConfirmed"])
        #expect(world.story("c-1").isEmpty)
        // From then on it is known where the group stands, in partitions that nothing ever came in too.
        for group in ConsumerGroup.allCases {
            let offsets = world.log.committed[group.rawValue] ?? [:]
            #expect(offsets.count == group.inputs.count * Int(world.log.partitionCount))
            #expect(offsets.values.allSatisfy { OffsetMark.isOurs($0.metadata) })
        }
        world.log.committed = [:]
        #expect(world.live(.commandService) == .asked, "what was trimmed before it began is not missed")
    }

    /// Case 6, for every group: forwards, backwards, with state and without.
    @Test(arguments: DeliveryGuarantee.allCases, ConsumerGroup.allCases)
    func whatAStrangerReadIsDoneAllTheSame(_ guarantee: DeliveryGuarantee, group: ConsumerGroup) {
        for losesState in [false, true] {
            for isAtEnd in [false, true] {
                let world = Self.world(guarantee)
                for index in 10..<16 { world.register("c-\(index)", "D\(index % 4)", id: "s\(index)") }
                world.request("c-17", "D17", id: "t")
                // All that is for the group to do is there, and not done.
                for round in 0..<2 {
                    for other in ConsumerGroup.allCases where other != group {
                        #expect(world.live(other) == .asked, "round \(round)")
                    }
                }
                if losesState { world.stores[group] = nil }
                world.log.set({ isAtEnd ? world.log.end($0) : 0 }, of: group)
                world.settle()
                for index in 10..<16 {
                    #expect(
                        !world.story("c-\(index)").isEmpty && world.story("c-\(index)").last != "CustomerRegistered",
                        "c-\(index) is pending for ever: \(group), state lost \(losesState), at the end \(isAtEnd)")
                }
                #expect(world.book(World.process("c-17", id: "t")).last == .completed)
            }
        }
    }

    /// Case 21: deleted offsets repeat nothing where something is known.
    @Test(arguments: DeliveryGuarantee.allCases)
    func deletedOffsetsRepeatNothing(_ guarantee: DeliveryGuarantee) {
        let world = Self.world(guarantee)
        let size = world.log.size
        world.log.committed = [:]
        world.settle()
        #expect(world.log.size == size, "all states are kept")
        world.log.committed = [:]
        world.stores[.commandService] = nil
        #expect(world.live(.commandService) == .asked)
        #expect(world.log.size == size, "the outcomes tell which commands were answered")
    }

    @Test(arguments: DeliveryGuarantee.allCases)
    func aTopicThatWasMadeAnewStopsTheService(_ guarantee: DeliveryGuarantee) {
        let world = Self.world(guarantee)
        world.log.committed = [:]
        world.log.remake(.customerCommands)
        guard case .broken(let reason) = world.live(.commandService) else {
            Issue.record("it went on")
            return
        }
        #expect(reason.contains("was made anew, or lost records"), "\(reason)")
    }
}
