import ChaosPlanning
import EventLog
import KafkaProtocol
import Messages
import WireClient

/// A third instance with an empty directory that joins and leaves.
extension ScenarioRun {
    /// Kafka's session for a member that nobody hears of any more.
    private static let session = 45_000
    /// What one rebalance may cost.
    private static let rebalance = 3_000

    func thirdInstance(of service: ServiceName) -> [Measure] {
        // What the service does shows in the outcomes of commands, or in what becomes of them.
        let end: Observations.End = service == .command ? .outcome : .settlement
        return [visit(of: service, end)] + death(of: service, end)
    }

    private func visit(of service: ServiceName, _ end: Observations.End) -> Measure {
        let name = "\(service.rawValue): longest \(end.rawValue) while a third joins and stops"
        let start = Clock.milliseconds
        guard let guest = join(service) else { return Measure(name, nil, atMost: 5_000) }
        pass(10, "a third \(service.rawValue) takes part")
        guest.hold()
        pass(15, "the third \(service.rawValue) has stopped")
        return Measure(name, longest(end, since: start) { _ in true }, atMost: 5_000)
    }

    private func death(of service: ServiceName, _ end: Observations.End) -> [Measure] {
        let others = "\(service.rawValue): longest \(end.rawValue) in partitions of others, third killed"
        let own = "\(service.rawValue): longest \(end.rawValue) in its own partitions, third killed"
        let missing = [
            Measure(others, nil, atMost: Self.rebalance), Measure(own, nil, atMost: Self.session + Self.rebalance),
        ]
        do {
            let before = try members(of: service)
            guard let guest = join(service) else { return missing }
            pass(10, "a third \(service.rawValue) takes part again")
            let places = try members(of: service).filter { before[$0.key] == nil }.flatMap(\.value)
            guard !places.isEmpty else {
                tally.find("the third \(service.rawValue) was given no partitions")
                return missing
            }
            let customers = Set(places.filter { names.topic($0.topic) != .uniqueClaims }.map(\.partition))
            let keys = Set(places.filter { names.topic($0.topic) == .uniqueClaims }.map(\.partition))
            let isOwn: (Observations.Registration) -> Bool = {
                customers.contains($0.customerPartition) || !keys.isDisjoint(with: $0.keyPartitions)
            }
            let start = Clock.milliseconds
            guest.dieNow()
            pass(Self.session / 1_000 + 15, "the third \(service.rawValue) was killed")
            return [
                Measure(others, longest(end, since: start) { !isOwn($0) }, atMost: Self.rebalance),
                Measure(own, longest(end, since: start, where: isOwn), atMost: Self.session + Self.rebalance),
            ]
        } catch {
            tally.find("the groups of \(service.rawValue) can't be described: \(error)")
            return missing
        }
    }

    private func join(_ service: ServiceName) -> Instance? {
        guard let guest = instances.first(where: { $0.name.service == service && $0.isGuest }),
            wait(60, "the place of the third is free", until: { guest.phase == .away }),
            guest.befall(.visit(3_600_000, .stopped)),
            wait(300, "a third \(service.rawValue) joins", until: { guest.isReady() })
        else {
            tally.find("the third \(service.rawValue) did not get ready within 300 s")
            return nil
        }
        return guest
    }

    /// The members of a service's groups, with what they were given.
    private func members(of service: ServiceName) throws -> [String: [TopicPartition]] {
        let cluster = try Cluster(broker.bootstrapServers, clientID: "observer")
        var found: [String: [TopicPartition]] = [:]
        for group in service.groups {
            for member in try cluster.describe(group: names.name(group)).members {
                found[member.memberID] = try ConsumerProtocol.places(member.memberAssignment)
            }
        }
        return found
    }

    private func longest(
        _ end: Observations.End, since start: Int, where isWanted: (Observations.Registration) -> Bool
    ) -> Int? {
        let now = Clock.milliseconds
        // What is in flight at the very end has had no time.
        return observer?.seen.longest(end, sentFrom: start - 500, to: now - 2_000, now: now, where: isWanted)
    }
}
