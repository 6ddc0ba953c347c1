import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// Offsets against a model that knows one rule: of the writes that count, the last one.
@Suite struct OffsetPropertyTests {
    private struct Write {
        var partition: Int32
        var offset: Int64
        /// Of an open transaction.
        var producer: Int64?
        /// Of none, or of one that was committed.
        var counts: Bool
    }

    @Test(arguments: 0..<100)
    func theLastWriteThatCountsIsFetched(seed: UInt64) {
        var dice = CoordinatorDice(seed: seed)
        let world = GroupWorld()
        var writes: [Write] = []
        for round in 0..<200 {
            let partition = Int32(dice.below(3))
            let producer = Int64(dice.below(3))
            let offset = Int64(round)
            switch dice.below(10) {
            case 0...3:
                #expect(world.commit(offset, partition) == ErrorCode.none)
                writes.append(Write(partition: partition, offset: offset, counts: true))
            case 4...6:
                #expect(world.commitTransactional(offset, partition, producer: producer) == ErrorCode.none)
                writes.removeAll { $0.producer == producer && $0.partition == partition }
                writes.append(Write(partition: partition, offset: offset, producer: producer, counts: false))
            case 7:
                let ending: TransactionEnding = dice.chance(1, of: 2) ? .commit : .abort
                world.end(producer, ending)
                if ending == .abort { writes.removeAll { $0.producer == producer } }
                for index in writes.indices where writes[index].producer == producer {
                    writes[index].producer = nil
                    writes[index].counts = true
                }
            case 8:
                if dice.chance(1, of: 4) {
                    let topic = TopicPartition(topic: "t", partition: partition)
                    let token = world.token()
                    world.perform(
                        world.coordinator.deleteOffsets(
                            groupID: GroupWorld.group, partitions: [topic], token: token, now: world.now))
                    writes.removeAll { $0.partition == partition }
                }
            default:
                if dice.chance(1, of: 2) { world.journal = world.coordinator.snapshot() }
                world.restart()
            }
            for partition in 0..<Int32(3) {
                let last = writes.last { $0.partition == partition && $0.counts }
                let isOpen = writes.contains { $0.partition == partition && $0.producer != nil }
                #expect(world.offset(partition)?.offset == last?.offset ?? -1)
                #expect((world.offset(partition, stable: true)?.error == .unstableOffsetCommit) == isOpen)
            }
        }
    }
}
