import Testing

@testable import LoadGenerating

/// Plans are exact, repeatable, and know what must come of them.
@Suite struct PlanTests {
    @Test(arguments: [(20_000, 0.1, 18_000), (1, 0.9, 1), (10, 0.25, 7), (1_000, 0.999, 1), (777, 0, 777), (3, 0.5, 1)])
    func theNumberOfDocumentsIsExact(commands: Int, ratio: Double, documents: Int) throws {
        for seed: UInt64 in [0, 1, 42, .max] {
            let plan = try GeneratedPlan(commands: commands, duplicateRatio: ratio, seed: seed)
            #expect(plan.count == commands)
            #expect(plan.expectations.confirmed == documents)
            // Counting them one by one, by what the system would make of the spellings, gives the same.
            #expect(Expectations(of: plan.registrations) == plan.expectations)
            let seen = Set(plan.registrations.map { normalized($0.document) ?? "" })
            #expect(seen.count == documents && !seen.contains(""))
            #expect(plan.registrations.allSatisfy { normalized($0.document) == $0.normalizedDocument })
        }
    }

    @Test func aSeedGivesTheSamePlanAgainAndAnotherSeedAnother() throws {
        let plan = try GeneratedPlan(commands: 500, duplicateRatio: 0.2, seed: 7)
        let again = try GeneratedPlan(commands: 500, duplicateRatio: 0.2, seed: 7)
        let other = try GeneratedPlan(commands: 500, duplicateRatio: 0.2, seed: 8)
        #expect(Array(plan.registrations) == Array(again.registrations))
        let documents = Set(plan.registrations.map(\.normalizedDocument))
        #expect(documents.isDisjoint(with: other.registrations.map(\.normalizedDocument)))
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
        let plan = try GeneratedPlan(commands: 10_000, duplicateRatio: 0.2, seed: 3)
        var seen: Set<String> = []
        let duplicates = plan.registrations.filter { !seen.insert($0.normalizedDocument).inserted }
        for tenth in 1..<10 {
            #expect(duplicates.contains { $0.index / 1000 == tenth })
        }
        let respelled = duplicates.filter { $0.document != $0.normalizedDocument }
        #expect(respelled.count > duplicates.count / 2 && respelled.count < duplicates.count)
        #expect(respelled.contains { $0.document.contains("/") } && respelled.contains { $0.document.contains("Ａ") })
        let uniform = try GeneratedPlan(commands: 1000, duplicateRatio: 0.2, seed: 3, variety: .uniform)
        #expect(uniform.registrations.allSatisfy { $0.document == $0.normalizedDocument })
    }

    @Test func documentsHaveTheirCheckDigits() {
        // The example that the registry itself publishes: 12.ABC.345/01DE-35.
        #expect(DocumentMaker.checkDigits(of: Array("12ABC34501DE".utf8)) == Array("35".utf8))
        #expect(DocumentMaker.checkDigits(of: Array("112223330001".utf8)) == Array("81".utf8))
    }

    @Test func idsLeadBackToTheirPlaces() throws {
        let plan = try GeneratedPlan(commands: 120, duplicateRatio: 0.1, seed: .max)
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
        let plan = try GeneratedPlan(commands: 1_000_000, duplicateRatio: 0.1, seed: 1)
        #expect(plan.expectations.confirmed == 900_000)
        #expect(plan.registration(at: 999_999).customerID == "load-0000000000000001-999999")
    }

    @Test func numbersOutOfRangeAreRefused() {
        #expect(throws: PlanError.countOutOfRange(0)) { try GeneratedPlan(commands: 0, duplicateRatio: 0, seed: 1) }
        for ratio in [-0.1, 1, .nan, .infinity] {
            #expect(throws: PlanError.self) { try GeneratedPlan(commands: 9, duplicateRatio: ratio, seed: 1) }
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
                line: line + 2, document: document.lowercased(), normalizedDocument: document, customerID: customer,
                name: nil)
        }
        let plan = FilePlan(rows: rows, seed: 9)
        #expect(Expectations(of: plan.registrations) == plan.expectations)
        for _ in 0..<10 {
            // A customer's first command is taken, its later ones are not; then claims arrive in any order.
            var customers: Set<String> = []
            var claims = plan.registrations.filter { customers.insert($0.customerID).inserted }
            generator.shuffle(&claims)
            var holders: Set<String> = []
            let winners = claims.filter { holders.insert($0.normalizedDocument).inserted }
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
            CustomerRow(line: 2, document: "A", normalizedDocument: "A", customerID: $0, name: nil)
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
