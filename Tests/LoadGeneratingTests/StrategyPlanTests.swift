import Messages
import Testing

@testable import LoadGenerating

/// Plans whose values go through different strategies.
@Suite struct StrategyPlanTests {
    private static func derived(_ values: UniqueValues) -> String? {
        values.keys.first.map { NameID.customer(of: $0).description }
    }

    private static func rows(_ pairs: [(String?, String)]) -> FilePlan {
        FilePlan(
            rows: pairs.enumerated().map { line, pair in
                CustomerRow(line: line + 2, document: pair.1, customerID: pair.0)
            }, seed: 5)
    }

    @Test(arguments: StrategyChoice.allCases, [[UniqueAttribute].standard, .three])
    func theSamePeopleWhateverTheStrategy(
        strategy: StrategyChoice, attributes: [UniqueAttribute]
    ) throws {
        let base = try GeneratedPlan(commands: 3_000, duplicateRatio: 0.3, seed: 9, attributes: attributes)
        let plan = StrategyPlan(base, strategy: strategy)
        #expect(plan.count == base.count && plan.seed == base.seed)
        var strategies: [UniqueKey: RegistrationStrategy] = [:]
        for (before, after) in zip(base.registrations, plan.registrations) {
            #expect(after.values == before.values && after.spellings == before.spellings && after.name == before.name)
            #expect(after.commandID == before.commandID && plan.index(ofCommand: after.commandID) == after.index)
            #expect(plan.strategy(at: after.index) == after.strategy)
            for key in after.values.keys {
                #expect(strategies.updateValue(after.strategy, forKey: key) ?? after.strategy == after.strategy)
            }
            #expect(plan.isRequest(at: after.index) == after.isRequest)
            switch after.strategy {
            case .compensate: #expect(!after.isRequest)
            case .reserve: #expect(after.isRequest)
            case .derived: #expect(after.isRequest == (after.values.keys.count > 1))
            }
            let first = plan.firstIndex(ofCustomerAt: after.index)
            #expect(plan.index(ofCustomer: after.customerID) == first)
            #expect(first == after.index || plan.repeats(ofCustomerAt: first).contains(after.index))
            #expect(after.isRepeatedCustomer == (first != after.index))
            switch after.strategy {
            case .compensate, .reserve: #expect(after.customerID == before.customerID)
            case .derived: #expect(after.customerID == Self.derived(before.values))
            }
        }
        let used = plan.expectationsByStrategy
        #expect(Set(used.keys) == Set(strategy.single.map { [$0] } ?? RegistrationStrategy.allCases))
        #expect(plan.expectations.isExact && plan.expectations.confirmed == 2_100)
        // Each strategy gets its share: 700 of 2,100 people, give or take.
        if strategy == .mixed { #expect(used.values.allSatisfy { (600...800).contains($0.confirmed) }) }
    }

    @Test func whatMustComeOfIt() throws {
        let base = try GeneratedPlan(commands: 1_000, duplicateRatio: 0.1, seed: 3, attributes: .standard)
        func expected(_ strategy: StrategyChoice) -> Expectations {
            StrategyPlan(base, strategy: strategy).expectations
        }
        #expect(expected(.compensate) == base.expectations)
        let rejecting = Expectations(confirmed: 900, compensated: 0, rejected: 100, distinctDocuments: 900)
        #expect(expected(.reserve) == rejecting && expected(.derived) == rejecting)
        let mixed = StrategyPlan(base, strategy: .mixed)
        #expect(mixed.expectations.confirmed == 900 && mixed.expectations.distinctDocuments == 900)
        #expect(mixed.expectations.compensated + mixed.expectations.rejected == 100)
        for (strategy, expected) in mixed.expectationsByStrategy {
            let own = mixed.registrations.filter { $0.strategy == strategy }
            #expect(expected.confirmed == Set(own.map(\.document)).count)
            #expect(expected.confirmed + expected.compensated + expected.rejected == own.count)
            #expect(expected.compensated == 0 || strategy == .compensate)
        }
    }

    @Test func customersOfAFileMayComeBack() {
        let rows: [(String?, String)] = [("a", "A"), ("a", "B"), ("b", "A"), (nil, "C")]
        let compensate = StrategyPlan(Self.rows(rows), strategy: .compensate)
        #expect(compensate.expectations == Self.rows(rows).expectations)
        // Either request of `a` may come first, so what must come out is not known.
        let reserve = StrategyPlan(Self.rows(rows), strategy: .reserve)
        #expect(!reserve.expectations.isExact)
        // The file's ids count for nothing: `b` is who `a` is.
        let derived = StrategyPlan(Self.rows(rows), strategy: .derived)
        #expect(
            derived.expectations == Expectations(confirmed: 3, compensated: 0, rejected: 1, distinctDocuments: 3))
        #expect(derived.firstIndex(ofCustomerAt: 2) == 0 && !derived.registration(at: 1).isRepeatedCustomer)
        #expect(Self.rows(rows).givenCustomerIDCount == 3)
    }

    /// Rows with a document and an address each.
    private static func pairs(_ pairs: [(String, String)], seed: UInt64 = 5) -> FilePlan {
        FilePlan(
            rows: pairs.map { document, email in
                let keys = [
                    UniqueKey(attribute: "document", value: document), UniqueKey(attribute: "email", value: email),
                ]
                return CustomerRow(
                    line: 2, values: UniqueValues(keys), spellings: keys.map(\.value), customerID: nil, name: nil)
            }, seed: seed)
    }

    @Test func whoHangTogetherGoThroughOneStrategy() {
        // Each shares a value with the one before, and the last with none of the first two.
        let pairs = [("A", "a"), ("B", "a"), ("B", "b"), ("C", "b")]
        for seed: UInt64 in 0..<20 {
            let plan = StrategyPlan(Self.pairs(pairs, seed: seed), strategy: .mixed)
            #expect(Set(plan.registrations.map(\.strategy)).count == 1)
            // One wins or two do.
            #expect(!plan.expectations.isExact && plan.expectations.distinctDocuments == 3)
        }
    }

    @Test func ofSeveralWithOneDerivedIdAnyMayWin() {
        // The second has the first one's id, and the third the second one's address: if the first wins the third does too.
        let open = StrategyPlan(Self.pairs([("A", "a"), ("A", "b"), ("B", "b")]), strategy: .derived)
        #expect(!open.expectations.isExact && open.firstIndex(ofCustomerAt: 1) == 0)
        // Here all want one address.
        let exact = StrategyPlan(Self.pairs([("A", "a"), ("A", "a"), ("B", "a")]), strategy: .derived)
        #expect(exact.expectations == Expectations(confirmed: 1, compensated: 0, rejected: 2, distinctDocuments: 2))
    }

    @Test func aValuesStrategyDependsOnItAndTheSeedAlone() {
        let documents = (0..<200).map { "D\($0)" }
        func strategies(_ seed: UInt64) -> [RegistrationStrategy] {
            documents.map { StrategyChoice.mixed.strategy(ofValue: $0, seed: seed) }
        }
        #expect(strategies(1) == strategies(1) && strategies(1) != strategies(2))
        // Fixed for ever: a run that failed years ago can be made again.
        #expect(strategies(1).prefix(6) == [.compensate, .compensate, .compensate, .compensate, .derived, .derived])
        #expect(StrategyChoice.allCases.map(\.single) == [.compensate, .reserve, .derived, nil])
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
