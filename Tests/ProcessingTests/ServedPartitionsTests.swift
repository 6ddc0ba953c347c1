import Messages
import Processing
import Testing

/// Who may answer from a partition: nobody who may have lost it.
@Suite struct ServedPartitionsTests {
    private static func at(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }

    private static func owner(of partitions: [Int32], takingOver: [Int32] = []) -> ServedPartitions {
        var served = ServedPartitions(term: .seconds(3))
        served.stand(WorkerStanding(isMember: true, owned: partitions, takenOver: takingOver))
        return served
    }

    @Test func nothingIsAnsweredBeforeSomethingWasCommitted() {
        var served = Self.owner(of: [0])
        #expect(served.standing(of: 0, at: Self.at(10)) == .uncertain)
        served.proving(at: Self.at(10))
        #expect(served.standing(of: 0, at: Self.at(11)) == .uncertain)
        served.proved()
        guard case .served = served.standing(of: 0, at: Self.at(12)) else {
            Issue.record("not served")
            return
        }
        #expect(served.standing(of: 1, at: Self.at(12)) == .elsewhere)
    }

    @Test("the time counts from when the commit began, for it may have been taken at once") func term() {
        var served = Self.owner(of: [0])
        served.proving(at: Self.at(10))
        served.proved()
        #expect(served.standing(of: 0, at: Self.at(13)) == .uncertain)
        // Nor when the clock was put back.
        #expect(served.standing(of: 0, at: Self.at(9)) == .uncertain)
        // One that is under way is none.
        served.proving(at: Self.at(13))
        #expect(served.standing(of: 0, at: Self.at(14)) == .uncertain)
    }

    @Test func whatWasCommittedBeforeSaysNothingOfWhatIsGivenSince() {
        var served = Self.owner(of: [0])
        served.proving(at: Self.at(10))
        served.proved()
        let before = served.standing(of: 0, at: Self.at(11))
        served.stand(WorkerStanding(isMember: false))
        #expect(served.standing(of: 0, at: Self.at(11)) == .uncertain)
        served.stand(WorkerStanding(isMember: true, owned: [], takenOver: [0, 1]))
        #expect(served.standing(of: 0, at: Self.at(11)) == .catchingUp)
        served.stand(WorkerStanding(isMember: true, owned: [0, 1]))
        #expect(served.standing(of: 0, at: Self.at(11)) == .uncertain)
        served.proving(at: Self.at(11))
        served.proved()
        let after = served.standing(of: 0, at: Self.at(12))
        #expect(after != before && after != .uncertain, "whoever looked before and looks again must see the change")
    }
}
