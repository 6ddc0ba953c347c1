import BrokerCore
import EventLog
import KafkaProtocol
import Testing

@Suite struct OffsetTests {
    @Test func whatWasCommittedIsFetched() {
        let world = GroupWorld()
        #expect(world.commit(7, metadata: "here") == ErrorCode.none)
        #expect(world.offset() == FetchedOffset(partition: Self.t0, offset: 7, metadata: "here"))
        #expect(world.offset(1) == FetchedOffset(partition: TopicPartition(topic: "t", partition: 1)))
        #expect(world.state == "Empty")
    }

    @Test func allOffsetsAreFetchedInOrder() {
        let world = GroupWorld()
        for (topic, partition) in [("u", Int32(0)), ("t", 2), ("t", 1)] {
            #expect(world.commit(1, partition, topic: topic) == ErrorCode.none)
        }
        let all = world.coordinator.fetchOffsets(groupID: GroupWorld.group, requireStable: true)
        #expect(all.map(\.partition.description) == ["t/1", "t/2", "u/0"])
        #expect(world.coordinator.fetchOffsets(groupID: "other", requireStable: false).isEmpty)
    }

    @Test func membersCommitInTheirGeneration() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        func member(_ id: String, _ generation: Int32) -> MemberIdentity {
            MemberIdentity(memberID: id, generation: generation)
        }
        #expect(world.commit(1, member: member(leader, 2)) == ErrorCode.none)
        #expect(world.commit(1, member: member(leader, 1)) == .illegalGeneration)
        #expect(world.commit(1, member: member("x", 2)) == .unknownMemberID)
        #expect(world.commit(1) == .unknownMemberID, "a group with members is theirs")
        _ = world.join(leader)
        #expect(world.commit(2, member: member(follower, 2)) == ErrorCode.none, "before it joins again")
        _ = world.join(follower)
        #expect(world.commit(3, member: member(follower, 2)) == .illegalGeneration)
        #expect(world.commit(3, member: member(follower, 3)) == .rebalanceInProgress)
        #expect(world.offset()?.offset == 2)
    }

    @Test func aCommitIsASignOfLife() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        world.pass(9000)
        let member = MemberIdentity(memberID: leader, generation: 2)
        #expect(world.commit(1, member: member) == ErrorCode.none)
        world.pass(9000)
        #expect(world.heartbeat(leader, 2) == .rebalanceInProgress)
        #expect(world.heartbeat(follower, 2) == .unknownMemberID)
    }

    @Test func whoClaimsAGenerationOfNoGroupIsRefused() {
        let world = GroupWorld()
        #expect(world.commit(1, member: MemberIdentity(memberID: "x", generation: 3)) == .illegalGeneration)
        #expect(world.state == "Dead")
    }

    @Test(arguments: [(4096, ErrorCode.none), (4097, .offsetMetadataTooLarge)])
    func metadataHasALimit(length: Int, error: ErrorCode) {
        let world = GroupWorld()
        #expect(world.commit(1, metadata: String(repeating: "x", count: length)) == error)
        #expect(world.offset()?.offset == (error == .none ? 1 : -1))
    }

    // MARK: Transactions

    @Test func pendingOffsetsCountOnceCommitted() {
        let world = GroupWorld()
        #expect(world.commit(1) == ErrorCode.none)
        #expect(world.commitTransactional(5, producer: 9) == ErrorCode.none)
        #expect(world.offset()?.offset == 1)
        #expect(world.offset(stable: true)?.error == .unstableOffsetCommit)
        #expect(world.offset(stable: true)?.offset == -1)
        #expect(world.offset(1, stable: true)?.error == ErrorCode.none, "only partitions that are touched wait")
        world.end(9, .commit)
        #expect(world.offset(stable: true)?.offset == 5)
    }

    @Test func abortedOffsetsAreDropped() {
        let world = GroupWorld()
        #expect(world.commit(1) == ErrorCode.none)
        #expect(world.commitTransactional(5, producer: 9) == ErrorCode.none)
        world.end(9, .abort)
        #expect(world.offset(stable: true)?.offset == 1)
        world.end(9, .commit)
        #expect(world.offset(stable: true)?.offset == 1)
    }

    @Test func aGroupOfAbortedOffsetsWasNever() {
        let world = GroupWorld()
        #expect(world.commitTransactional(5, producer: 9) == ErrorCode.none)
        #expect(world.state == "Empty")
        world.end(9, .abort)
        #expect(world.state == "Dead")
        #expect(world.coordinator.snapshot().isEmpty)
    }

    @Test func theOffsetThatWasWrittenLaterStays() {
        let world = GroupWorld()
        #expect(world.commitTransactional(5, producer: 9) == ErrorCode.none)
        #expect(world.commitTransactional(6, 1, producer: 9) == ErrorCode.none)
        #expect(world.commit(8) == ErrorCode.none)
        let snapshot = world.coordinator.snapshot()
        world.journal = snapshot
        world.restart()
        world.end(9, .commit)
        #expect(world.offset()?.offset == 8)
        #expect(world.offset(1)?.offset == 6)
    }

    @Test func producersDoNotEndEachOthersTransactions() {
        let world = GroupWorld()
        #expect(world.commitTransactional(5, 0, producer: 1) == ErrorCode.none)
        #expect(world.commitTransactional(6, 1, producer: 2) == ErrorCode.none)
        world.end(1, .commit)
        #expect(world.offset(0, stable: true)?.offset == 5)
        #expect(world.offset(1, stable: true)?.error == .unstableOffsetCommit)
    }

    @Test func transactionalCommitsAreFencedByMembership() throws {
        // KIP-447.
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        func error(_ id: String, _ generation: Int32, _ instance: String? = nil) -> ErrorCode? {
            let member = MemberIdentity(memberID: id, instanceID: instance, generation: generation)
            return world.commitTransactional(1, producer: 9, member: member)
        }
        #expect(error(leader, 2) == ErrorCode.none)
        #expect(error(leader, 1) == .illegalGeneration)
        #expect(error("x", 2) == .unknownMemberID)
        #expect(error(leader, 2, "i") == .unknownMemberID)
        #expect(error("", -1) == ErrorCode.none, "who is older than KIP-447 is not asked")
        _ = world.join(leader)
        _ = world.join(follower)
        #expect(error(leader, 2) == .illegalGeneration)
        #expect(error(leader, 3) == ErrorCode.none)
    }

    @Test func anOlderEpochDoesNotAddToANewerTransaction() {
        let world = GroupWorld()
        #expect(world.commitTransactional(5, producer: 9, epoch: 3) == ErrorCode.none)
        #expect(world.commitTransactional(6, producer: 9, epoch: 2) == .invalidProducerEpoch)
    }

    @Test func pendingOffsetsSurviveARestart() {
        let world = GroupWorld()
        #expect(world.commitTransactional(5, producer: 9, epoch: 3) == ErrorCode.none)
        world.restart()
        #expect(world.offset(stable: true)?.error == .unstableOffsetCommit)
        world.end(9, .commit)
        world.restart()
        #expect(world.offset(stable: true)?.offset == 5)
    }

    private static let t0 = TopicPartition(topic: "t", partition: 0)
}
