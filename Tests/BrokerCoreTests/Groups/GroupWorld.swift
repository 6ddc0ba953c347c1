import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// A group coordinator with a clock, a journal, and the answers so far.
final class GroupWorld: CustomTestStringConvertible {
    var coordinator: GroupCoordinator
    var now: Int64 = 1_000_000
    var journal: [GroupJournalEntry] = []
    var answers: [RequestToken: GroupReply] = [:]
    private var tokens: Int64 = 0

    var testDescription: String { "the world at \(now)" }

    static let group = "orders"

    init(_ configuration: GroupCoordinatorConfiguration = GroupCoordinatorConfiguration()) {
        coordinator = GroupCoordinator(configuration: configuration)
    }

    func token() -> RequestToken {
        tokens += 1
        return RequestToken(rawValue: tokens)
    }

    func perform(_ effects: [GroupEffect]) {
        for effect in effects {
            switch effect {
            case .journal(let entry): journal.append(entry)
            case .reply(let token, let reply):
                #expect(answers[token] == nil, "\(token) was answered before")
                answers[token] = reply
            }
        }
    }

    /// Lets time pass, with everything that becomes due on the way.
    func pass(_ milliseconds: Int64) {
        let end = now + milliseconds
        var calls = 0
        while let deadline = coordinator.nextDeadline, deadline <= end, calls < 10_000 {
            now = max(now, deadline)
            calls += 1
            perform(coordinator.expire(now: now))
        }
        #expect(calls < 10_000, "expire goes round in circles")
        now = end
    }

    /// The broker dies; another one reads the journal.
    func restart() {
        var next = GroupCoordinator(configuration: coordinator.configuration)
        for entry in journal { next.apply(entry) }
        next.resume(now: now)
        coordinator = next
    }

    // MARK: Requests

    func join(
        _ memberID: String = "", instance: String? = nil, client: String = "client", session: Int32 = 10_000,
        rebalance: Int32 = 30_000, type: String = "consumer", protocols: [GroupProtocol] = [GroupWorld.range()],
        requiresID: Bool = false, skips: Bool = false, group: String = GroupWorld.group
    ) -> RequestToken {
        let token = token()
        let request = JoinRequest(
            groupID: group, memberID: memberID, instanceID: instance, clientID: client, clientHost: "/127.0.0.1",
            sessionTimeout: session, rebalanceTimeout: rebalance, protocolType: type, protocols: protocols,
            requiresKnownMemberID: requiresID, supportsSkippingAssignment: skips)
        perform(coordinator.join(request, token: token, now: now))
        return token
    }

    func sync(
        _ memberID: String, _ generation: Int32, instance: String? = nil, type: String? = nil, name: String? = nil,
        assign: [String: String] = [:]
    ) -> RequestToken {
        let token = token()
        let request = SyncRequest(
            groupID: GroupWorld.group,
            member: MemberIdentity(memberID: memberID, instanceID: instance, generation: generation),
            protocolType: type, protocolName: name,
            assignments: assign.sorted { $0.key < $1.key }.map {
                MemberAssignment(memberID: $0.key, assignment: Array($0.value.utf8))
            })
        perform(coordinator.sync(request, token: token, now: now))
        return token
    }

    func heartbeat(_ memberID: String, _ generation: Int32, instance: String? = nil) -> ErrorCode? {
        let token = token()
        let member = MemberIdentity(memberID: memberID, instanceID: instance, generation: generation)
        perform(coordinator.heartbeat(groupID: GroupWorld.group, member: member, token: token, now: now))
        guard case .heartbeat(let error) = answers[token] else { return nil }
        return error
    }

    func leave(_ members: [LeavingMember]) -> LeaveAnswer? {
        let token = token()
        perform(coordinator.leave(groupID: GroupWorld.group, members: members, token: token, now: now))
        guard case .leave(let answer) = answers[token] else { return nil }
        return answer
    }

    func commit(
        _ offset: Int64, _ partition: Int32 = 0, topic: String = "t", member: MemberIdentity = GroupWorld.nobody,
        metadata: String? = nil, group: String = GroupWorld.group
    ) -> ErrorCode? {
        let token = token()
        let partition = TopicPartition(topic: topic, partition: partition)
        let request = OffsetCommitRequest(
            groupID: group, member: member,
            offsets: [OffsetToCommit(partition: partition, offset: offset, metadata: metadata)])
        perform(coordinator.commit(request, token: token, now: now))
        return firstError(token)
    }

    func commitTransactional(
        _ offset: Int64, _ partition: Int32 = 0, producer: Int64, epoch: Int16 = 0,
        member: MemberIdentity = GroupWorld.nobody, group: String = GroupWorld.group
    ) -> ErrorCode? {
        let token = token()
        let partition = TopicPartition(topic: "t", partition: partition)
        let request = TransactionalOffsetCommitRequest(
            groupID: group, producerID: producer, producerEpoch: epoch, member: member,
            offsets: [OffsetToCommit(partition: partition, offset: offset)])
        perform(coordinator.commitTransactional(request, token: token, now: now))
        return firstError(token)
    }

    func end(_ producer: Int64, _ result: TransactionEnding, group: String = GroupWorld.group) {
        perform(coordinator.endTransaction(producerID: producer, groupID: group, result, now: now))
    }

    func deleteOffsets(_ topics: [String], group: String = GroupWorld.group) -> DeleteOffsetsAnswer? {
        let token = token()
        let partitions = topics.map { TopicPartition(topic: $0, partition: 0) }
        perform(coordinator.deleteOffsets(groupID: group, partitions: partitions, token: token, now: now))
        guard case .deleteOffsets(let answer) = answers[token] else { return nil }
        return answer
    }

    func delete(_ groups: [String]) -> [ErrorCode] {
        let token = token()
        perform(coordinator.delete(groupIDs: groups, token: token, now: now))
        guard case .deleteGroups(let results) = answers[token] else { return [] }
        return results.map(\.error)
    }

    // MARK: Answers

    private func firstError(_ token: RequestToken) -> ErrorCode? {
        guard case .commit(let results) = answers[token] else { return nil }
        return results.first?.error
    }

    func joined(_ token: RequestToken) -> JoinAnswer? {
        guard case .join(let answer) = answers[token] else { return nil }
        return answer
    }

    func synced(_ token: RequestToken) -> SyncAnswer? {
        guard case .sync(let answer) = answers[token] else { return nil }
        return answer
    }

    func assignment(_ token: RequestToken) -> String? {
        synced(token).flatMap { $0.error == .none ? String(decoding: $0.assignment, as: UTF8.self) : nil }
    }

    func offset(_ partition: Int32 = 0, topic: String = "t", stable: Bool = false) -> FetchedOffset? {
        coordinator.fetchOffsets(
            groupID: GroupWorld.group, partitions: [TopicPartition(topic: topic, partition: partition)],
            requireStable: stable
        ).first
    }

    var state: String { coordinator.describe(groupID: GroupWorld.group).state }

    /// Two members in a stable group of generation 2, the first one leading.
    func stableGroup(session: Int32 = 10_000) throws -> (leader: String, follower: String) {
        let first = join(session: session)
        let leader = try #require(joined(first)).memberID
        let second = join(session: session)
        let again = join(leader, session: session)
        let follower = try #require(joined(second)).memberID
        #expect(joined(again)?.generation == 2)
        let waiting = sync(follower, 2)
        let leading = sync(leader, 2, assign: [leader: "p0", follower: "p1"])
        #expect(assignment(waiting) == "p1")
        #expect(assignment(leading) == "p0")
        return (leader, follower)
    }

    // MARK: Values

    static let nobody = MemberIdentity(memberID: "", generation: -1)

    static func range(_ topics: [String] = ["t"], version: Int16 = 0, name: String = "range") -> GroupProtocol {
        var writer = WireWriter()
        writer.int16(version)
        writer.array(topics, false) { writer, topic in writer.string(topic, false) }
        writer.nullableBytes(nil, false)
        return GroupProtocol(name: name, metadata: writer.bytes)
    }
}
