import ChaosPlanning
import Testing

@Suite("What an observer saw") struct ObservationTests {
    private static func seen(_ settled: [Int]) -> Observations {
        var seen = Observations()
        for (number, time) in settled.enumerated() {
            seen.send("c-\(number)", at: 0, customerPartition: 0, keyPartitions: [0])
            seen.settle("c-\(number)", at: time)
        }
        return seen
    }

    @Test("the longest silence counts the window's both ends") func silence() {
        let seen = Self.seen([50, 120, 150, 400, 1_000])
        #expect(seen.longestSilence(from: 100, to: 500) == 250)
        #expect(seen.longestSilence(from: 500, to: 900) == 400)
        #expect(seen.longestSilence(from: 150, to: 160) == 10)
        #expect(Observations().longestSilence(from: 5, to: 25) == 20)
    }

    @Test("a customer settles once, also when that is seen before its registration") func once() {
        var seen = Self.seen([50])
        seen.settle("c-0", at: 90)
        #expect(seen.settledCount == 1)
        #expect(seen.longestSilence(from: 0, to: 100) == 50)
        seen.settle("late", at: 100)
        seen.send("late", at: 70, customerPartition: 0, keyPartitions: [0])
        #expect(seen.longest(.settlement, sentFrom: 60, to: 100, now: 200) == 30)
    }

    @Test("what was not answered yet has taken until now") func latency() {
        var seen = Observations()
        seen.send("quick", at: 100, customerPartition: 1, keyPartitions: [2])
        seen.send("slow", at: 200, customerPartition: 2, keyPartitions: [2])
        seen.send("open", at: 300, customerPartition: 3, keyPartitions: [2])
        seen.answer("quick", at: 110)
        seen.answer("slow", at: 900)
        seen.answer("slow", at: 1_900)
        seen.settle("quick", at: 150)
        #expect(seen.longest(.outcome, sentFrom: 0, to: 250, now: 2_000) == 700)
        #expect(seen.longest(.outcome, sentFrom: 0, to: 300, now: 2_000) == 1_700)
        #expect(seen.longest(.outcome, sentFrom: 0, to: 300, now: 2_000) { $0.customerPartition == 1 } == 10)
        #expect(seen.longest(.settlement, sentFrom: 0, to: 100, now: 2_000) == 50)
        #expect(seen.longest(.settlement, sentFrom: 301, to: 400, now: 2_000) == nil)
    }

    @Test("a bound is met only by something that was measured") func bounds() {
        #expect(Measure("silence", 3_000, atMost: 3_000).isMet)
        #expect(!Measure("silence", 3_001, atMost: 3_000).isMet)
        #expect(!Measure("silence", nil, atMost: 3_000).isMet)
        #expect(Measure("silence", 2_949, atMost: 3_000).row == ["silence", "2.9 s", "3.0 s", "met"])
    }
}
