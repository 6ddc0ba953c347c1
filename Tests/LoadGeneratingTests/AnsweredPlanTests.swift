import Testing

@testable import LoadGenerating

/// Plans whose documents go through different answers.
@Suite struct AnsweredPlanTests {
    private static func derived(_ document: String) -> String { "derived-\(document)" }

    private static func rows(_ pairs: [(String?, String)]) -> FilePlan {
        FilePlan(
            rows: pairs.enumerated().map { line, pair in
                CustomerRow(
                    line: line + 2, document: pair.1, normalizedDocument: pair.1, customerID: pair.0, name: nil)
            }, seed: 5)
    }

    @Test(arguments: LoadStrategy.allCases) func theSamePeopleWhateverTheAnswer(strategy: LoadStrategy) throws {
        let base = try GeneratedPlan(commands: 3_000, duplicateRatio: 0.3, seed: 9)
        let plan = AnsweredPlan(base, strategy: strategy, deriveID: Self.derived)
        #expect(plan.count == base.count && plan.seed == base.seed)
        var ways: [String: Answer] = [:]
        for (before, after) in zip(base.registrations, plan.registrations) {
            #expect(after.document == before.document && after.name == before.name)
            #expect(after.commandID == before.commandID && plan.index(ofCommand: after.commandID) == after.index)
            #expect(plan.answer(at: after.index) == after.answer)
            #expect(ways.updateValue(after.answer, forKey: after.normalizedDocument) ?? after.answer == after.answer)
            let first = plan.firstIndex(ofCustomerAt: after.index)
            #expect(plan.index(ofCustomer: after.customerID) == first)
            #expect(first == after.index || plan.repeats(ofCustomerAt: first).contains(after.index))
            #expect(after.isRepeatedCustomer == (first != after.index))
            switch after.answer {
            case .compensate, .reserve: #expect(after.customerID == before.customerID)
            case .derived: #expect(after.customerID == Self.derived(before.normalizedDocument))
            }
        }
        let used = Set(ways.values)
        #expect(used == Set(strategy.answer.map { [$0] } ?? Answer.allCases))
        // Each answer gets its share: 700 of 2,100 documents, give or take.
        if strategy == .mixed {
            for answer in Answer.allCases { #expect((600...800).contains(ways.values.count { $0 == answer })) }
        }
    }

    @Test func whatMustComeOfIt() throws {
        let base = try GeneratedPlan(commands: 1_000, duplicateRatio: 0.1, seed: 3)
        func expected(_ strategy: LoadStrategy) -> Expectations {
            AnsweredPlan(base, strategy: strategy, deriveID: Self.derived).expectations
        }
        #expect(expected(.compensate) == base.expectations)
        let rejecting = Expectations(confirmed: 900, compensated: 0, rejected: 100, distinctDocuments: 900)
        #expect(expected(.reserve) == rejecting && expected(.derived) == rejecting)
        let mixed = AnsweredPlan(base, strategy: .mixed, deriveID: Self.derived)
        #expect(mixed.expectations.confirmed == 900 && mixed.expectations.distinctDocuments == 900)
        #expect(mixed.expectations.compensated + mixed.expectations.rejected == 100)
        for (answer, expected) in mixed.expectationsByAnswer {
            let own = mixed.registrations.filter { $0.answer == answer }
            #expect(expected.confirmed == Set(own.map(\.normalizedDocument)).count)
            #expect(expected.confirmed + expected.compensated + expected.rejected == own.count)
            #expect(expected.compensated == 0 || answer == .compensate)
        }
    }

    @Test func customersOfAFileMayComeBack() {
        let rows: [(String?, String)] = [("a", "A"), ("a", "B"), ("b", "A"), (nil, "C")]
        let compensate = AnsweredPlan(Self.rows(rows), strategy: .compensate, deriveID: Self.derived)
        #expect(compensate.expectations == Self.rows(rows).expectations)
        // Either request of `a` may come first, so what must come out is not known.
        let reserve = AnsweredPlan(Self.rows(rows), strategy: .reserve, deriveID: Self.derived)
        #expect(!reserve.expectations.isExact)
        // The file's ids count for nothing: `b` is who `a` is.
        let derived = AnsweredPlan(Self.rows(rows), strategy: .derived, deriveID: Self.derived)
        #expect(
            derived.expectations == Expectations(confirmed: 3, compensated: 0, rejected: 1, distinctDocuments: 3))
        #expect(derived.firstIndex(ofCustomerAt: 2) == 0 && !derived.registration(at: 1).isRepeatedCustomer)
        #expect(Self.rows(rows).givenCustomerIDCount == 3)
    }

    @Test func aDocumentsWayDependsOnItAndTheSeedAlone() {
        let documents = (0..<200).map { "D\($0)" }
        func ways(_ seed: UInt64) -> [Answer] {
            documents.map { LoadStrategy.mixed.answer(ofDocument: $0, seed: seed) }
        }
        #expect(ways(1) == ways(1) && ways(1) != ways(2))
        // Fixed for ever: a run that failed years ago can be made again.
        #expect(ways(1).prefix(6) == [.compensate, .compensate, .compensate, .compensate, .derived, .derived])
        #expect(LoadStrategy.allCases.map(\.answer) == [.compensate, .reserve, .derived, nil])
    }

    @Test func whatWasNotWrittenIsSentAgain() {
        var queue = ResendQueue()
        func due(_ times: Int64...) -> [Bool] { times.map { queue.isDue(at: $0) } }
        queue.failed(0, at: 0)
        queue.read(at: 0)
        #expect(due(.max) == [false])
        queue.failed(3, at: 1_000)
        queue.failed(2, at: 400_000)
        // As long as answers come they may answer all of it; when they have stopped, they don't.
        queue.read(at: 500_000)
        queue.read(at: 900_000)
        #expect(due(1_899_999, 1_900_000, 1_900_000) == [false, true, false])
        queue.refill([4, 5, 7])
        let again = (0..<3).map { _ in queue.next { $0 != 5 } }
        #expect(again == [4, 7, nil])
        // It failed again: the pause is longer.
        queue.failed(1, at: 2_000_000)
        queue.read(at: 2_000_000)
        #expect(due(3_999_999, 4_000_000) == [false, true])
        #expect(queue.failedCount == 6 && queue.sentCount == 2)
    }

    @Test func nothingIsSentAgainAndAgainWhileNothingIsRead() {
        var queue = ResendQueue()
        // An outage of five minutes: each second somebody reports a failure, and nothing can be read.
        let due = (0..<300 as Range<Int64>).filter { second in
            queue.failed(100, at: second * 1_000_000)
            return queue.isDue(at: second * 1_000_000)
        }
        #expect(due.count == 9, "\(due)")
        // The pause never grows beyond the longest.
        for turn in 10..<20 as Range<Int64> {
            queue.failed(1, at: turn * 100_000_000)
            queue.read(at: turn * 100_000_000)
            let isDue = queue.isDue(at: turn * 100_000_000 + ResendQueue.longestPause)
            #expect(isDue)
        }
    }
}
