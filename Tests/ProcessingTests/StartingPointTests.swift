import EventLog
import Messages
import Processing
import Testing

/// Where a group begins, by what is known of it.
@Suite struct StartingPointTests {
    private static func ours(_ next: Int64) -> GroupOffset { GroupOffset(next: next, metadata: OffsetMark.of("i-1")) }
    private static func strangers(_ next: Int64) -> GroupOffset { GroupOffset(next: next, metadata: "") }

    private static func start(
        _ committed: GroupOffset?, _ log: ClosedRange<Int64>, stored: Int64? = nil, answered: Int64? = nil,
        hasWorked: Bool = false, isFolded: Bool = false
    ) -> StartingPoint {
        Evidence(
            committed: committed, marks: Watermarks(low: log.lowerBound, high: log.upperBound), stored: stored,
            answered: answered, hasWorked: hasWorked, isFolded: isFolded
        ).startingPoint
    }

    @Test func anOffsetOfOursCounts() {
        #expect(Self.start(Self.ours(5), 0...10) == .committed(5))
        #expect(Self.start(Self.ours(5), 5...10) == .committed(5))
        #expect(Self.start(Self.ours(10), 10...10) == .committed(10))
        // Also where the state has come further: an operator may want records to be done again.
        #expect(Self.start(Self.ours(5), 0...10, stored: 8) == .committed(5))
        #expect(Self.start(Self.ours(5), 0...10, stored: 3, isFolded: true) == .committed(5))
    }

    @Test func anOffsetOfOursBeyondTheEndIsAnotherLogs() {
        #expect(Self.start(Self.ours(11), 0...10) == .beyondEnd(11))
        #expect(Self.start(Self.ours(11), 0...10, stored: 4) == .beyondEnd(11))
    }

    @Test func whatWasTrimmedBeforeItWasDoneIsMissing() {
        #expect(Self.start(Self.ours(3), 5...10) == .missing(3..<5))
        #expect(Self.start(Self.ours(3), 5...10, stored: 4) == .missing(4..<5))
        #expect(Self.start(Self.ours(3), 5...10, answered: 4) == .missing(4..<5))
        #expect(Self.start(Self.ours(3), 10...10) == .missing(3..<10))
    }

    @Test func whatWasDoneAndThenTrimmedIsNotMissed() {
        #expect(Self.start(Self.ours(3), 5...10, stored: 7) == .known(7))
        #expect(Self.start(Self.ours(3), 5...10, answered: 6) == .everything(5))
        #expect(Self.start(nil, 10...10, stored: 10, hasWorked: true) == .known(10))
    }

    /// Case 6: a stranger in the group, or offsets set by hand.
    @Test(arguments: [Int64(0), 2, 5, 9, 10, 99])
    func aStrangersOffsetSaysNothing(_ next: Int64) {
        #expect(Self.start(Self.strangers(next), 0...10, stored: 5) == .known(5))
        #expect(Self.start(Self.strangers(next), 0...10, stored: 5, isFolded: true) == .known(5))
        #expect(Self.start(Self.strangers(next), 0...10, hasWorked: true) == .everything(0))
        #expect(Self.start(Self.strangers(next), 0...10, isFolded: true) == .known(0))
        #expect(Self.start(Self.strangers(next), 6...10, stored: 5) == .missing(5..<6))
        #expect(Self.start(Self.strangers(next), 6...10, hasWorked: true) == .missing(0..<6))
        #expect(Self.start(Self.strangers(next), 6...10) == .everything(6))
    }

    /// Case 5: offsets that expired or were deleted.
    @Test func aGroupThatHasWorkedDoesNotBeginAnew() {
        #expect(Self.start(nil, 6...10, hasWorked: true) == .missing(0..<6))
        #expect(Self.start(nil, 6...10, answered: 4, hasWorked: true) == .missing(4..<6))
        #expect(Self.start(nil, 6...10, stored: 5, hasWorked: true) == .missing(5..<6))
        #expect(Self.start(nil, 6...10, answered: 8, hasWorked: true) == .everything(6))
        #expect(Self.start(nil, 0...10, stored: 7, hasWorked: true) == .known(7))
        #expect(Self.start(nil, 0...10, hasWorked: true) == .everything(0))
        // All partitions lose their offsets together, those that nothing ever came in among them.
        #expect(Self.start(nil, 0...0, hasWorked: true) == .everything(0))
    }

    @Test func aGroupThatNeverWorkedBeginsAtTheEarliestRecord() {
        #expect(Self.start(nil, 0...0) == .everything(0))
        #expect(Self.start(nil, 0...10) == .everything(0))
        #expect(Self.start(nil, 6...10) == .everything(6))
    }

    @Test func aStateThatKnowsMoreThanTheLogIsAnotherLogs() {
        #expect(Self.start(nil, 0...10, stored: 11, hasWorked: true) == .beyondEnd(11))
        #expect(Self.start(Self.strangers(3), 0...10, answered: 11) == .beyondEnd(11))
    }

    /// The process manager's commands, of which the last offset before an idle week is often a transaction's marker.
    @Test func whatIsSentAgainIsNotMissed() {
        let marks = Watermarks(low: 6, high: 6)
        for committed in [nil, Self.ours(5), Self.strangers(5)] {
            let evidence = Evidence(committed: committed, marks: marks, stored: 5, hasWorked: true, isSentAgain: true)
            #expect(evidence.startingPoint == .everything(6))
        }
    }

    @Test func aFoldOfWhatIsGoneCannotBeRebuilt() {
        #expect(Self.start(nil, 6...10, isFolded: true) == .missing(0..<6))
        #expect(Self.start(nil, 6...10, stored: 6, isFolded: true) == .known(6))
        #expect(Self.start(Self.ours(3), 6...10, stored: 2, isFolded: true) == .missing(3..<6))
    }
}
