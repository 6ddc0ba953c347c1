import ChaosPlanning
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
        #expect(campaign.schedule().fingerprint == "2d0ad2fdea79d46a")
        let other = Campaign(seed: 1, milliseconds: 2 * Self.minutes, guarantee: .atLeastOnce)
        #expect(other.schedule().fingerprint == "00f2ada3ba8ec7e0")
    }

    @Test("has every kind of the guarantee, and no other", arguments: Guarantee.allCases)
    func kinds(guarantee: Guarantee) {
        let campaign = Campaign(seed: 7, milliseconds: 3 * Self.minutes, guarantee: guarantee)
        let wanted = FaultKind.allCases.filter { $0.guarantee == nil || $0.guarantee == guarantee }
        #expect(Set(campaign.schedule().counts.keys) == Set(wanted))
    }

    @Test("has waves of all answers") func answers() {
        let campaign = Campaign(seed: 7, milliseconds: 20 * Self.minutes, guarantee: .exactlyOnce)
        let answers = campaign.schedule().steps.compactMap { step -> String? in
            if case .load(let wave) = step.action { wave.strategy } else { nil }
        }
        #expect(Set(answers) == ["compensate", "reserve", "derived", "mixed"])
    }

    @Test("has only what it was restricted to") func restriction() {
        let campaign = Campaign(
            seed: 7, milliseconds: 2 * Self.minutes, guarantee: .exactlyOnce, kinds: [.freezeService, .resend])
        #expect(Set(campaign.schedule().counts.keys) == [.freezeService, .resend])
        let outside = Campaign(
            seed: 7, milliseconds: 3 * Self.minutes, guarantee: .exactlyOnce, ownsBroker: false)
        #expect(outside.kinds.allSatisfy { $0.subject == .service || $0.subject == .clients })
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
            #expect(freeAt[instance, default: 0] <= step.time, "\(step)")
            freeAt[instance] = step.time + fault.milliseconds
            if case .kill(.old, _) = fault { #expect(copied.contains(instance), "\(step)") }
            switch fault {
            case .kill(.kept, _), .restart, .scaleAway: copied.insert(instance)
            case .kill, .freeze: break
            }
        }
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
