import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// Whatever a client sends, the broker lives on and answers.
@Suite struct HostileRequestTests {
    @Test(arguments: 0..<60)
    func anyRequestIsAnswered(seed: UInt64) {
        var dice = CoordinatorDice(seed: seed)
        let delay: Int32 = [0, 1, 3000][Int(seed % 3)]
        let world = GroupWorld(GroupCoordinatorConfiguration(initialRebalanceDelay: delay, maximumGroupSize: 4))
        var tokens: [RequestToken] = []
        for _ in 0..<150 {
            let known = world.coordinator.describe(groupID: GroupWorld.group).members.map(\.memberID)
            let memberID = (known + ["", "x"])[dice.below(known.count + 2)]
            let instance = [nil, nil, "", "i", "j"][dice.below(5)]
            let number = Self.numbers[dice.below(Self.numbers.count)]
            switch dice.below(8) {
            case 0...2:
                tokens.append(
                    world.join(
                        memberID, instance: instance, session: dice.chance(1, of: 4) ? number : 5000,
                        rebalance: number, type: ["consumer", "", "connect"][dice.below(8) % 3],
                        protocols: Self.protocols[dice.below(Self.protocols.count)],
                        requiresID: dice.chance(1, of: 3), skips: dice.chance(1, of: 2)))
            case 3: tokens.append(world.sync(memberID, number, instance: instance, assign: [memberID: "", "y": "z"]))
            case 4: _ = world.heartbeat(memberID, number, instance: instance)
            case 5: _ = world.leave([LeavingMember(memberID: memberID, instanceID: instance)])
            case 6:
                let member = MemberIdentity(memberID: memberID, instanceID: instance, generation: number)
                _ = world.commit(Int64(number), number, member: member)
                _ = world.commitTransactional(Int64(number), producer: Int64(number), epoch: -1, member: member)
                _ = world.deleteOffsets(["t", ""])
            default: world.pass(Int64(dice.below(5000)))
            }
        }
        world.pass(2 * Int64(Int32.max))
        #expect(tokens.allSatisfy { world.answers[$0] != nil })
        #expect(world.coordinator.nextDeadline == nil)
        world.restart()
    }

    @Test(arguments: 0..<200)
    func anyBytesAreAnEntryOrAnError(seed: UInt64) {
        var dice = CoordinatorDice(seed: seed)
        var groups = GroupCoordinator()
        var transactions = TransactionCoordinator()
        for _ in 0..<50 {
            var bytes = (0..<dice.below(60)).map { _ in
                dice.chance(1, of: 2) ? UInt8(dice.below(4)) : UInt8(dice.below(256))
            }
            if !bytes.isEmpty { bytes[0] = UInt8(dice.below(12)) }
            var reader = WireReader(bytes)
            if let entry = try? GroupJournalEntry(from: &reader) { groups.apply(entry) }
            reader = WireReader(bytes)
            if let entry = try? TransactionJournalEntry(from: &reader) { transactions.apply(entry) }
        }
        groups.resume(now: 1)
        _ = groups.expire(now: 1_000_000)
        _ = transactions.recover(now: 1)
        _ = transactions.expire(now: 1_000_000)
        let snapshot = groups.snapshot()
        var copy = GroupCoordinator()
        for entry in snapshot { copy.apply(entry) }
        #expect(copy.snapshot() == snapshot)
    }

    private static let numbers: [Int32] = [.min, -2, -1, 0, 1, 2, 3, 5000, .max - 1, .max]

    private static let protocols: [[GroupProtocol]] = [
        [], [GroupWorld.range()], [GroupWorld.range(), GroupWorld.range()],
        [GroupProtocol(name: "", metadata: [255])], [GroupWorld.range(), GroupProtocol(name: "x", metadata: [])],
    ]
}
