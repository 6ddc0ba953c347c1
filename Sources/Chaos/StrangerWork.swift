import ChaosPlanning
import EventLog
import KafkaProtocol
import LoadGenerating
import Messages
import TestProcesses
import WireClient

/// A consumer that is none of ours, in one of our groups: it takes what the group gives it, commits offsets as if it had
/// read all of it, and leaves.
struct StrangerWork: Sendable {
    let bootstrapServers: String
    let names: DeploymentNames
    let stranger: Stranger

    /// - Returns: how many offsets it committed.
    func run() throws -> Int {
        let group = names.name(stranger.group)
        let topics = stranger.group.inputs.map(names.name)
        let cluster = try Cluster(bootstrapServers, clientID: "stranger")
        let member = try WireMember(
            cluster, group: group, sessionTimeoutMs: 10_000,
            protocols: [("range", ConsumerProtocol.subscription(topics))])
        let joined = try member.join()
        let synced = try member.sync(joined.leader == member.id ? assignments(joined, topics, cluster) : [:])
        defer { _ = try? member.leave() }
        guard synced.errorCode == .none else { throw Failure("not taken in: \(synced.errorCode)") }
        let count = try commit(try ConsumerProtocol.places(synced.assignment), member, cluster)
        _ = try poll(for: .milliseconds(stranger.milliseconds), every: .milliseconds(500)) {
            try member.heartbeat() != .none
        }
        return count
    }

    /// As the assignor `range` gives them, so that nobody can tell who leads the group.
    private func assignments(
        _ joined: JoinGroupResponse, _ topics: [String], _ cluster: Cluster
    ) throws -> [String: [UInt8]] {
        let members = joined.members.map(\.memberID).sorted()
        var given: [String: [TopicPartition]] = Dictionary(uniqueKeysWithValues: members.map { ($0, []) })
        for topic in topics {
            let places = try cluster.places(of: topic)
            for (index, place) in places.enumerated() {
                given[members[index * members.count / max(places.count, 1)]]?.append(place)
            }
        }
        return given.mapValues(ConsumerProtocol.assignment)
    }

    private func commit(_ places: [TopicPartition], _ member: WireMember, _ cluster: Cluster) throws -> Int {
        var dice = SeededGenerator(seed: UInt64(stranger.seed))
        var count = 0
        for place in places {
            let (start, end) = (try cluster.start(of: place), try cluster.end(of: place))
            // Mostly as a consumer that has read everything; sometimes anywhere.
            let offset = dice.chance(2, of: 3) ? end : start + Int64(dice.below(Int(end - start) + 1))
            if try member.commit(offset, of: place) == .none { count += 1 }
        }
        return count
    }
}
