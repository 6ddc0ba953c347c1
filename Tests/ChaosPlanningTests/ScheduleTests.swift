import ChaosPlanning
import Messages
import Testing

@Suite("The schedule of a campaign") struct ScheduleTests {
    private static let minutes = 60_000

    @Test("is a function of the seed", arguments: Guarantee.allCases)
    func seed(guarantee: Guarantee) {
        let campaign = Campaign(seed: 42, milliseconds: 5 * Self.minutes, guarantee: guarantee)
        #expect(campaign.schedule() == campaign.schedule())
        let other = Campaign(seed: 43, milliseconds: 5 * Self.minutes, guarantee: guarantee)
        #expect(campaign.schedule().fingerprint != other.schedule().fingerprint)
    }

    @Test("stays the same from version to version, so that a seed in a report can be run again")
    func fingerprint() {
        let campaign = Campaign(seed: 1, milliseconds: 2 * Self.minutes, guarantee: .exactlyOnce)
        #expect(campaign.schedule().fingerprint == "bb5923f8dac16f58")
        let other = Campaign(seed: 1, milliseconds: 2 * Self.minutes, guarantee: .atLeastOnce)
        #expect(other.schedule().fingerprint == "ebfce4872b679b08")
    }

    @Test("has every kind of the guarantee, and no other", arguments: Guarantee.allCases)
    func kinds(guarantee: Guarantee) {
        let campaign = Campaign(seed: 7, milliseconds: 4 * Self.minutes, guarantee: guarantee)
        let wanted = FaultKind.allCases.filter { kind in
            (kind.guarantee == nil || kind.guarantee == guarantee) && kind.subject != .deployment
        }
        #expect(Set(campaign.schedule().counts.keys) == Set(wanted))
    }

    @Test("has waves of all strategies") func strategies() {
        let campaign = Campaign(seed: 7, milliseconds: 20 * Self.minutes, guarantee: .exactlyOnce)
        let strategies = campaign.schedule().steps.compactMap { step -> String? in
            if case .load(let wave) = step.action { wave.strategy } else { nil }
        }
        #expect(Set(strategies) == ["compensate", "reserve", "derived", "mixed"])
    }

    @Test("has only what it was restricted to") func restriction() {
        let campaign = Campaign(
            seed: 7, milliseconds: 2 * Self.minutes, guarantee: .exactlyOnce, kinds: [.freezeService, .resend])
        #expect(Set(campaign.schedule().counts.keys) == [.freezeService, .resend])
        let outside = Campaign(
            seed: 7, milliseconds: 4 * Self.minutes, guarantee: .exactlyOnce, ownsBroker: false)
        let ours: Set<FaultKind.Subject> = [.brokerProcess, .broker, .nodes]
        #expect(outside.kinds.allSatisfy { !ours.contains($0.subject) })
        #expect(Set(outside.schedule().counts.keys) == Set(outside.kinds))
    }

    @Test("hits only the services that it was restricted to") func services() {
        let campaign = Campaign(
            seed: 7, milliseconds: 2 * Self.minutes, guarantee: .exactlyOnce, services: [.command])
        let hit = campaign.schedule().steps.compactMap { step -> ServiceName? in
            if case .service(let instance, _) = step.action { instance.service } else { nil }
        }
        #expect(Set(hit) == [.command])
    }

    @Test("hits no instance that is out, and rolls nothing back that was not copied", arguments: 1...50)
    func order(seed: Int) {
        let campaign = Campaign(seed: seed, milliseconds: 10 * Self.minutes, guarantee: .exactlyOnce)
        var freeAt: [InstanceName: Int] = [:]
        var copied: Set<InstanceName> = []
        var last = 0
        for step in campaign.schedule().steps {
            #expect(step.time >= last && step.time < campaign.milliseconds)
            last = step.time
            guard case .service(let instance, let fault) = step.action else { continue }
            if case .visit = fault { continue }
            #expect(freeAt[instance, default: 0] <= step.time, "\(step)")
            freeAt[instance] = step.time + fault.milliseconds
            if case .kill(.old, _) = fault { #expect(copied.contains(instance), "\(step)") }
            switch fault {
            case .kill(.kept, _), .restart, .scaleAway: copied.insert(instance)
            case .kill, .freeze, .visit: break
            }
        }
    }

    @Test("changes no group's offsets while an instance of its service is out", arguments: 1...50)
    func offsets(seed: Int) {
        let campaign = Campaign(seed: seed, milliseconds: 10 * Self.minutes, guarantee: .exactlyOnce)
        var freeAt: [ServiceName: Int] = [:]
        var heldUntil: [ServiceName: Int] = [:]
        var changes = 0
        for step in campaign.schedule().steps {
            switch step.action {
            case .service(let instance, let fault):
                #expect(heldUntil[instance.service, default: 0] <= step.time, "\(step)")
                freeAt[instance.service] = max(freeAt[instance.service, default: 0], step.time + fault.milliseconds)
            case .group(let fault):
                #expect(freeAt[fault.group.service, default: 0] <= step.time, "\(step)")
                heldUntil[fault.group.service] = step.time + fault.milliseconds
                freeAt[fault.group.service] = step.time + fault.milliseconds
                changes += 1
            default: break
            }
        }
        #expect(changes > 3)
    }

    @Test("has visitors beside the instances, and never two with one name", arguments: 1...20)
    func visitors(seed: Int) {
        let campaign = Campaign(
            seed: seed, milliseconds: 10 * Self.minutes, guarantee: .atLeastOnce, instances: 3,
            kinds: [.visit, .visitAndDie])
        var freeAt: [InstanceName: Int] = [:]
        var leavings: Set<ServiceFault.Leaving> = []
        for step in campaign.schedule().steps {
            guard case .service(let guest, .visit(let time, let leaving)) = step.action else { continue }
            #expect(guest.number == 4)
            #expect(freeAt[guest, default: 0] <= step.time, "\(step)")
            freeAt[guest] = step.time + time
            leavings.insert(leaving)
        }
        #expect(leavings == [.stopped, .killed])
    }

    @Test("breaks nodes only where there are several") func nodes() {
        let single = Campaign(seed: 7, milliseconds: 2 * Self.minutes, guarantee: .exactlyOnce, nodes: 1)
        #expect(!single.kinds.contains { $0.subject == .nodes })
        let nodes = Campaign(seed: 7, milliseconds: 4 * Self.minutes, guarantee: .exactlyOnce, nodes: 3)
        #expect(nodes.schedule().counts[.killNode, default: 0] > 1)
    }

    @Test("ends with what the services must stop at, if that is asked for", arguments: 1...20)
    func last(seed: Int) throws {
        let campaign = Campaign(
            seed: seed, milliseconds: Self.minutes, guarantee: .exactlyOnce,
            kinds: [.addPartitions, .recreateTopic, .restart])
        let steps = campaign.schedule().steps
        let last = try #require(steps.last)
        guard case .deployment(let fault) = last.action else {
            Issue.record("\(last)")
            return
        }
        #expect(last.time == campaign.milliseconds)
        #expect(!fault.services.isEmpty)
        #expect(fault.exitCode == (fault.kind == .addPartitions ? 64 : 70))
        #expect(steps.dropLast().allSatisfy { $0.action.kind?.subject != .deployment })
    }

    @Test("kills and freezes ten times a minute, and has load all the time") func amount() {
        let campaign = Campaign(seed: 11, milliseconds: 20 * Self.minutes, guarantee: .exactlyOnce)
        let schedule = campaign.schedule()
        let kinds: [FaultKind] = [.killKeepingState, .killLosingState, .killWithOldState, .freezeService]
        #expect(kinds.reduce(0) { $0 + schedule.counts[$1, default: 0] } >= 200)
        let commands = schedule.steps.reduce(0) { sum, step in
            guard case .load(let wave) = step.action else { return sum }
            return sum + wave.commands
        }
        #expect(commands >= 50_000)
    }
}
