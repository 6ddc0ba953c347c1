import Simulation
import Testing

@Suite struct WorldTimeTests {
    @Test func diceOfOneSeedFallAlike() {
        var (first, second) = (Dice(seed: 7), Dice(seed: 7))
        #expect((0..<100).map { _ in first.below(1000) } == (0..<100).map { _ in second.below(1000) })
        var other = Dice(seed: 8)
        #expect((0..<100).map { _ in first.below(1000) } != (0..<100).map { _ in other.below(1000) })
        let drawn = Set((0..<1000).map { _ in first.between(5, 9) })
        #expect(drawn == [5, 6, 7, 8, 9])
        let (nothing, never, always, nobody) = (
            first.below(0), first.chance(0, of: 5), first.chance(5, of: 5), first.pick([Int]())
        )
        #expect(nothing == 0)
        #expect(!never)
        #expect(always)
        #expect(nobody == nil)
    }

    @Test func actionsRunByTimeAndThenByNumber() {
        let timeline = Timeline(start: 100)
        var dice = Dice(seed: 3)
        var ran: [(time: Int64, number: Int)] = []
        var cancelled: Set<Int> = []
        for number in 0..<2000 {
            let id = timeline.at(100 + dice.between(0, 50)) { ran.append((timeline.now, number)) }
            if dice.chance(2, of: 3) {
                timeline.cancel(id)
                timeline.cancel(id)
                cancelled.insert(number)
            }
        }
        while timeline.step() {}
        #expect(ran.count == 2000 - cancelled.count)
        #expect(ran.allSatisfy { !cancelled.contains($0.number) })
        #expect(zip(ran, ran.dropFirst()).allSatisfy { ($0.time, $0.number) < ($1.time, $1.number) })
        #expect(timeline.nextTime == nil)
    }

    @Test func whatIsPastHappensNowAndTimeNeverGoesBack() {
        let timeline = Timeline(start: 100)
        var times: [Int64] = []
        timeline.after(10) {
            timeline.at(5) { times.append(timeline.now) }
            timeline.after(-7) { times.append(timeline.now) }
        }
        while timeline.step() {}
        #expect(times == [110, 110])
    }

    @Test func anOldIDCancelsNothingElse() {
        let timeline = Timeline(start: 0)
        let old = timeline.after(1) {}
        _ = timeline.step()
        var ran = false
        timeline.after(1) { ran = true }
        timeline.cancel(old)
        while timeline.step() {}
        #expect(ran)
    }

    @Test func aFrozenHostDoesAllAtTheThawInOrder() {
        let timeline = Timeline(start: 0)
        let host = Host(name: "host", timeline: timeline)
        var done: [Int] = []
        host.after(10) { done.append(1) }
        let second = host.after(20) { done.append(2) }
        host.after(30) { done.append(3) }
        host.freeze()
        timeline.after(25) { host.perform { done.append(4) } }
        timeline.after(40) {
            #expect(done.isEmpty)
            host.cancel(second)
            host.thaw()
            #expect(done == [1, 4, 3])
        }
        while timeline.step() {}
        #expect(done == [1, 4, 3])
    }

    @Test func aHostThatFreezesAtTheThawKeepsTheRest() {
        let timeline = Timeline(start: 0)
        let host = Host(name: "host", timeline: timeline)
        var done: [Int] = []
        host.freeze()
        host.perform { host.freeze() }
        host.perform { done.append(2) }
        host.thaw()
        #expect(done.isEmpty)
        host.thaw()
        #expect(done == [2])
    }

    @Test func aDeadHostDoesNothing() {
        let timeline = Timeline(start: 0)
        let host = Host(name: "host", timeline: timeline)
        var done: [Int] = []
        host.onDeath { done.append(1) }
        host.after(10) { done.append(2) }
        timeline.after(5) { host.kill() }
        timeline.after(6) {
            host.perform { done.append(3) }
            host.thaw()
            host.kill()
        }
        while timeline.step() {}
        #expect(done == [1])
        #expect(host.condition == .dead)
    }
}
