import Messages
import Testing

@testable import LoadGenerating

/// Plans are exact, repeatable, and know what must come of them.
@Suite struct PlanTests {
    @Test(arguments: [(20_000, 0.1, 18_000), (1, 0.9, 1), (10, 0.25, 7), (1_000, 0.999, 1), (777, 0, 777), (3, 0.5, 1)])
    func theNumberOfDocumentsIsExact(commands: Int, ratio: Double, documents: Int) throws {
        for seed: UInt64 in [0, 1, 42, .max] {
            let plan = try GeneratedPlan(
                commands: commands, duplicateRatio: ratio, seed: seed, attributes: .standard)
            #expect(plan.count == commands)
            #expect(plan.expectations.confirmed == documents)
            // Counting them one by one, by what the system would make of the spellings, gives the same.
            #expect(StrategyPlan(plan, strategy: .compensate).expectations == plan.expectations)
            let rule = NormalizationRule.alphanumeric
            let seen = Set(plan.registrations.map { rule.normalize($0.documentSpelling) ?? "" })
            #expect(seen.count == documents && !seen.contains(""))
            #expect(plan.registrations.allSatisfy { rule.normalize($0.documentSpelling) == $0.document })
        }
    }

    @Test func aSeedGivesTheSamePlanAgainAndAnotherSeedAnother() throws {
        let plan = try GeneratedPlan(commands: 500, duplicateRatio: 0.2, seed: 7, attributes: .standard)
        let again = try GeneratedPlan(commands: 500, duplicateRatio: 0.2, seed: 7, attributes: .standard)
        let other = try GeneratedPlan(commands: 500, duplicateRatio: 0.2, seed: 8, attributes: .standard)
        #expect(Array(plan.registrations) == Array(again.registrations))
        let documents = Set(plan.registrations.map(\.document))
        #expect(documents.isDisjoint(with: other.registrations.map(\.document)))
        #expect(Set(plan.registrations.map(\.customerID)).isDisjoint(with: other.registrations.map(\.customerID)))
        // These bytes are fixed: a run that failed years ago can be made again.
        let first = plan.registration(at: 0)
        #expect(first.customerID == "load-0000000000000007-0")
        #expect(first.commandID == "register-0000000000000007-0")
        var generator = SeededGenerator(seed: 0)
        #expect(
            (0..<3).map { _ in generator.next() } == [
                0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F,
            ])
    }

    @Test func duplicatesAreSpreadAndSpelledDifferently() throws {
        let plan = try GeneratedPlan(commands: 10_000, duplicateRatio: 0.2, seed: 3, attributes: .standard)
        var seen: Set<String> = []
        let duplicates = plan.registrations.filter { !seen.insert($0.document).inserted }
        for tenth in 1..<10 {
            #expect(duplicates.contains { $0.index / 1000 == tenth })
        }
        let respelled = duplicates.filter { $0.documentSpelling != $0.document }
        #expect(respelled.count > duplicates.count / 2 && respelled.count < duplicates.count)
        #expect(respelled.contains { $0.documentSpelling.contains("/") })
        #expect(respelled.contains { $0.documentSpelling.contains("Ａ") })
        let other = UniqueAttribute(name: "document", normalize: .none)
        let uniform = try GeneratedPlan(commands: 1000, duplicateRatio: 0.2, seed: 3, attributes: [other])
        #expect(uniform.registrations.allSatisfy { $0.documentSpelling == $0.document })
    }

    @Test func documentsHaveTheirCheckDigits() {
        // The example that the registry itself publishes: 12.ABC.345/01DE-35.
        #expect(ValueMaker.checkDigits(of: Array("12ABC34501DE".utf8)) == Array("35".utf8))
        #expect(ValueMaker.checkDigits(of: Array("112223330001".utf8)) == Array("81".utf8))
    }

    private static let rules: [NormalizationRule] = [
        .alphanumeric, .digits(length: nil), .digits(length: 4), .digits(length: 11), .digits(length: 40), .email,
        .trim,
        .none,
    ]

    @Test(arguments: rules) func valuesSuitTheirRuleInEverySpelling(rule: NormalizationRule) {
        let maker = ValueMaker(of: UniqueAttribute(name: "it", normalize: rule), seed: 5)
        let other = ValueMaker(of: UniqueAttribute(name: "other", normalize: rule), seed: 5)
        var generator = SeededGenerator(seed: 1)
        var seen: Set<String> = []
        var spellings: Set<String> = []
        let count = min(10_000, maker.valueCount ?? .max)
        for number in 0..<count {
            let value = maker.value(number)
            seen.insert(value)
            #expect(rule.normalize(value)?.isExactly(value) == true)
            let spelling = maker.respell(value, with: &generator)
            #expect(rule.normalize(spelling)?.isExactly(value) == true, "\(spelling)")
            spellings.insert(spelling)
        }
        #expect(seen.count == count)
        #expect(spellings.isSubset(of: seen) == (rule == .none))
        // The same number is another value of another attribute, or at another seed.
        #expect((0..<100).contains { maker.value($0) != other.value($0) })
        #expect(ValueMaker(of: maker.attribute, seed: 5).value(7) == maker.value(7))
    }

    @Test func aRuleWithTooFewValuesIsRefused() {
        func plan(_ commands: Int, _ length: Int, others: [UniqueAttribute] = []) throws -> GeneratedPlan {
            let attribute = UniqueAttribute(name: "n", normalize: .digits(length: length))
            return try GeneratedPlan(commands: commands, duplicateRatio: 0, seed: 1, attributes: [attribute] + others)
        }
        #expect(throws: Never.self) { try plan(1_000, 3) }
        #expect(throws: PlanError.tooFewValues(attribute: "n", most: 1_000, needed: 1_001)) { try plan(1_001, 3) }
        // Duplicates may have new values of it.
        #expect(throws: PlanError.tooFewValues(attribute: "n", most: 1_000, needed: 1_002)) {
            try plan(501, 3, others: [UniqueAttribute(name: "m")])
        }
    }

    @Test func duplicatesRepeatOneValueOrAll() throws {
        let plan = try GeneratedPlan(commands: 6_000, duplicateRatio: 0.3, seed: 4, attributes: .three)
        #expect(plan.expectations.confirmed == 4_200 && plan.expectations.compensated == 1_800)
        // Counted one by one the same comes out, and it is exact: of each group all want one value.
        #expect(StrategyPlan(plan, strategy: .compensate).expectations == plan.expectations)
        var seen: Set<UniqueKey> = []
        var repeats: [[String]: Int] = [:]
        for registration in plan.registrations {
            #expect(registration.values.keys.map(\.attribute).first == "document")
            #expect(registration.values == registration.values.sorted(by: [UniqueAttribute].three.map(\.name)))
            for (key, spelling) in zip(registration.values.keys, registration.spellings) {
                let rule = try #require([UniqueAttribute].three.first { $0.name == key.attribute }).normalize
                #expect(rule.normalize(spelling)?.isExactly(key.value) == true)
            }
            let again = registration.values.keys.filter { !seen.insert($0).inserted }
            if !again.isEmpty { repeats[again.map(\.attribute), default: 0] += 1 }
        }
        #expect(repeats.values.reduce(0, +) == 1_800)
        for attributes in [["document"], ["email"], ["tax-number"], ["document", "email", "tax-number"]] {
            #expect(repeats[attributes, default: 0] > 100, "\(repeats)")
        }
        // What is not required is mostly there.
        for attribute in ["email", "tax-number"] {
            #expect((4_000..<5_500).contains(plan.registrations.count { $0.values[attribute] != nil }))
        }
        #expect(plan.expectations.distinctDocuments == Set(plan.registrations.map(\.document)).count)
    }

    @Test func idsLeadBackToTheirPlaces() throws {
        let plan = try GeneratedPlan(commands: 120, duplicateRatio: 0.1, seed: .max, attributes: .standard)
        for registration in plan.registrations {
            #expect(plan.index(ofCommand: registration.commandID) == registration.index)
            #expect(plan.index(ofCustomer: registration.customerID) == registration.index)
        }
        for id in [
            "", "load-ffffffffffffffff-", "load-ffffffffffffffff-120", "load-ffffffffffffffff-01",
            "load-ffffffffffffffff-1x", "load-0000000000000001-1", "load-ffffffffffffffff-99999999999999999999",
        ] {
            #expect(plan.index(ofCustomer: id) == nil)
        }
    }

    @Test func aMillionIsNoBurden() throws {
        let plan = try GeneratedPlan(commands: 1_000_000, duplicateRatio: 0.1, seed: 1, attributes: .standard)
        #expect(plan.expectations.confirmed == 900_000)
        #expect(plan.registration(at: 999_999).customerID == "load-0000000000000001-999999")
    }

    @Test func numbersOutOfRangeAreRefused() {
        #expect(throws: PlanError.countOutOfRange(0)) {
            try GeneratedPlan(commands: 0, duplicateRatio: 0, seed: 1, attributes: .standard)
        }
        for ratio in [-0.1, 1, .nan, .infinity] {
            #expect(throws: PlanError.self) {
                try GeneratedPlan(commands: 9, duplicateRatio: ratio, seed: 1, attributes: .standard)
            }
        }
        #expect(throws: PlanError.self) { try SendSchedule(commands: 9, resendRatio: 1.1, seed: 1) }
    }

    /// Every order in which the first registrations may win gives the numbers that were expected.
    @Test(arguments: 0..<200) func expectationsHoldForEveryRace(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let rows = (0..<generator.below(8)).map { line in
            let document = "D\(generator.below(4))"
            let customer = generator.chance(1, of: 4) ? nil : "c\(generator.below(5))"
            return CustomerRow(
                line: line + 2, document: document, spelling: document.lowercased(), customerID: customer)
        }
        let plan = FilePlan(rows: rows, seed: 9)
        #expect(StrategyPlan(plan, strategy: .compensate).expectations == plan.expectations)
        for _ in 0..<10 {
            // A customer's first command is taken, its later ones are not; then claims arrive in any order.
            var customers: Set<String> = []
            var claims = plan.registrations.filter { customers.insert($0.customerID).inserted }
            generator.shuffle(&claims)
            var holders: Set<String> = []
            let winners = claims.filter { holders.insert($0.document).inserted }
            #expect(winners.count == plan.expectations.confirmed)
            #expect(claims.count - winners.count == plan.expectations.compensated)
            #expect(rows.count - claims.count == plan.expectations.rejected)
        }
        for registration in plan.registrations {
            let first = plan.firstIndex(ofCustomerAt: registration.index)
            #expect(registration.isRepeatedCustomer == (first != registration.index))
            #expect(plan.index(ofCustomer: registration.customerID) == first)
            #expect(first == registration.index || plan.repeats(ofCustomerAt: first).contains(registration.index))
        }
    }

    @Test func idsAreComparedByTheirBytes() {
        let rows = ["e\u{301}", "\u{E9}"].map {
            CustomerRow(line: 2, document: "A", customerID: $0)
        }
        let plan = FilePlan(rows: rows, seed: 1)
        #expect(plan.expectations == Expectations(confirmed: 1, compensated: 1, rejected: 0, distinctDocuments: 1))
        #expect(plan.index(ofCustomer: "\u{E9}") == 1)
    }

    @Test(arguments: [(0, 0.5), (1, 0), (1, 1), (1000, 0.05), (1000, 1), (350, 0.333)], [1, 2, 3] as [UInt64])
    func theNumberOfRepeatsIsExact(size: (commands: Int, ratio: Double), seed: UInt64) throws {
        let schedule = try SendSchedule(commands: size.commands, resendRatio: size.ratio, seed: seed)
        let sendings = Array(schedule)
        #expect(sendings == Array(schedule))
        #expect(sendings.filter { !$0.isRepeat }.map(\.index) == Array(0..<size.commands))
        let repeats = sendings.filter(\.isRepeat)
        #expect(repeats.count == Int((Double(size.commands) * size.ratio).rounded()))
        #expect(Set(repeats.map(\.index)).count == repeats.count)
        var sent = 0
        for sending in sendings {
            if sending.isRepeat {
                #expect(sending.index < sent && sent - sending.index <= SendSchedule.greatestLag + 1)
            } else {
                sent += 1
            }
        }
    }

    @Test func thePaceCountsFromTheStart() {
        #expect(Pace(start: 100, rate: 3).intendedTime(ofSending: 3) == 1_000_100)
        #expect(Pace(start: 100, rate: nil).intendedTime(ofSending: 3) == nil)
        #expect(Pace(start: 100, rate: 0).rate == nil)
        #expect(Pace(start: .max, rate: 1).intendedTime(ofSending: 5) == .max)
        #expect(Pace(start: 1, rate: 1e-300).intendedTime(ofSending: 5) == .max)
    }

    @Test func smallDrawsAreFair() {
        var generator = SeededGenerator(seed: 11)
        var counts = [0, 0, 0]
        for _ in 0..<30_000 { counts[generator.below(3)] += 1 }
        #expect(counts.allSatisfy { $0 > 9_600 && $0 < 10_400 })
        #expect(generator.below(0) == 0 && generator.below(1) == 0)
        #expect(generator.chance(1, of: 1) && !generator.chance(0, of: 5))
    }
}
