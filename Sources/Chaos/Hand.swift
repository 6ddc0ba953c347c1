import ChaosPlanning
import EventLog
import KafkaProtocol
import LoadGenerating
import Messages
import TestProcesses
import WireClient

/// What an operator's hand, or time, does to a group's offsets. The group must have no members for it.
struct Hand: Sendable {
    let bootstrapServers: String
    let names: DeploymentNames
    /// How long an operator goes on trying: the broker may be away, and static members are remembered for a session.
    static let patience = Duration.seconds(90)

    /// Waits for the group to have no members, then changes its offsets.
    func change(_ fault: GroupFault) throws -> String {
        try trying("change the offsets of \(fault.group.rawValue)") { cluster in
            guard try isEmpty(fault.group, cluster) else { return nil }
            return try change(fault, cluster)
        }
    }

    /// Waits for groups to have no members.
    func awaitEmpty(_ groups: [ConsumerGroup]) throws {
        _ = try trying("wait for the members' end") { cluster in
            try groups.allSatisfy { try isEmpty($0, cluster) } ? "" : nil
        }
    }

    private func trying(_ doing: String, _ body: (Cluster) throws -> String?) throws -> String {
        var cluster: Cluster?
        var done: String?
        var last: (any Error)?
        _ = poll(for: Self.patience, every: .milliseconds(200)) {
            do {
                let client = try cluster ?? Cluster(bootstrapServers, clientID: "operator")
                cluster = client
                done = try body(client)
            } catch {
                last = error
                cluster = nil
            }
            return done != nil
        }
        guard let done else {
            throw Failure("\(doing): not possible in \(Self.patience): \(last.map { "\($0)" } ?? "there are members")")
        }
        return done
    }

    private func isEmpty(_ group: ConsumerGroup, _ cluster: Cluster) throws -> Bool {
        try ["Empty", "Dead"].contains(cluster.describe(group: names.name(group)).groupState)
    }

    private func change(_ fault: GroupFault, _ cluster: Cluster) throws -> String {
        let group = names.name(fault.group)
        var dice = SeededGenerator(seed: UInt64(fault.seed))
        var places = try fault.group.inputs.flatMap { try cluster.places(of: names.name($0)) }
        switch fault.change {
        case .deleted:
            let held = try places.filter { try cluster.committed($0, group: group).committedOffset >= 0 }
            guard !held.isEmpty else { throw Failure("\(group) has no offsets to delete") }
            try cluster.deleteOffsets(held, group: group)
            return "\(held.count) offsets deleted"
        case .back, .end:
            dice.shuffle(&places)
            var moved = 0
            for place in places.prefix(1 + dice.below(places.count)) {
                let now = try cluster.committed(place, group: group).committedOffset
                let (start, end) = (try cluster.start(of: place), try cluster.end(of: place))
                let target = fault.change == .end ? end : start + Int64(dice.below(Int(max(now - start, 0)) + 1))
                guard target != now, end > start else { continue }
                try cluster.setOffset(target, of: place, group: group)
                moved += 1
            }
            return "\(moved) offsets set"
        }
    }
}
