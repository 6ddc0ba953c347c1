import Messages
import Testing

@testable import LoadGenerating

/// What a review tells of values, and what it keeps silent about.
@Suite struct FileReviewTests {
    private func review(_ values: [String], _ rule: NormalizationRule = .alphanumeric) -> [FileFinding] {
        let attribute = UniqueAttribute(name: "document", normalize: rule)
        var review = FileReview([attribute])
        for (index, spelling) in values.enumerated() {
            guard let value = rule.normalize(spelling) else { continue }
            let key = UniqueKey(attribute: attribute.name, value: value)
            review.add(
                CustomerRow(
                    line: index + 2, values: UniqueValues([key]), spellings: [spelling], customerID: nil, name: nil))
        }
        return review.findings()
    }

    /// Numbers of eleven digits, the first not 0, each once.
    private func numbers(_ count: Int, seed: UInt64) -> [String] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { "\(20_000_000_000 + $0 * 7_919_777 + generator.below(7_000_000))" }
    }

    @Test(
        arguments: [
            (ValueHabit.scientific, "1,23457E+13", NormalizationRule.alphanumeric),
            (.scientific, "1.23457E+13", .digits(length: nil)), (.scientific, "5.3E10", .trim),
            (.placeholder, "N/A", .alphanumeric), (.placeholder, "null", .none), (.placeholder, "-", .trim),
            (.placeholder, "XXXXXXXXXXX", .alphanumeric), (.placeholder, "000.000.000-00", .digits(length: 11)),
            (.placeholder, "111.111.111-11", .digits(length: nil)), (.placeholder, "#REF!", .alphanumeric),
            (.placeholder, "sem CPF", .alphanumeric), (.placeholder, "неизвестно", .alphanumeric),
            (.placeholder, "12345678901", .alphanumeric), (.decimalTail, "52998224725.0", .alphanumeric),
            (.label, "CPF: 335.854.620-00", .alphanumeric), (.exchanged, "ana@b.example", .alphanumeric),
            (.lostZero, "3456789012", .alphanumeric), (.lookalike, "\u{410}BC4567", .alphanumeric),
            (.invisible, "52998\u{200B}224725", .trim), (.invisible, "52998\u{A0}224725", .none),
            (.date, "2024-01-05 00:00:00", .alphanumeric), (.apostrophe, "'52998224725", .none),
            (.quotes, "\"52998224725\"", .trim),
        ] as [(ValueHabit, String, NormalizationRule)])
    func aHabitIsFoundWithItsLines(habit: ValueHabit, spelling: String, rule: NormalizationRule) throws {
        for seed in 1...5 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var values = numbers(200, seed: seed)
            let places = Set((0..<(1 + generator.below(7))).map { _ in generator.below(values.count) }).sorted()
            for place in places { values[place] = spelling }
            let found = review(values, rule).filter { $0.habit == habit }
            let finding = try #require(found.first, "\(habit), seed \(seed)")
            #expect(found.count == 1)
            #expect(finding.rows == places.count && finding.distinctValues == 1)
            #expect(finding.lines.first == places[0] + 2)
            // One value's lines are all known where its rows are counted as they come.
            if habit != .lostZero { #expect(finding.lines == places.prefix(5).map { $0 + 2 }) }
            // Personal data: only our own table's names are told.
            #expect(habit == .placeholder || !finding.description.contains(spelling))
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func honestColumnsAreClean(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func digits(_ count: Int) -> String { (0..<count).map { _ in "\(generator.below(10))" }.joined() }
        func letters(_ count: Int) -> String {
            (0..<count).map { _ in generator.pick(Array("ABCDEFGHJKLMNPRSTUVWYZ")).map { String($0) } ?? "" }.joined()
        }
        func column(_ make: () -> String) -> [String] { (0..<500).map { _ in make() } }
        let columns: [(String, [String], NormalizationRule)] = [
            ("e-mails", column { "\(letters(6)).\(digits(3))@\(letters(5)).example" }, .email),
            ("tax numbers of several lengths", column { "1" + digits(7 + generator.below(7)) }, .alphanumeric),
            ("passports", column { letters(2) + digits(7) }, .alphanumeric),
            ("ids like 12E5", column { "\(digits(2))E\(digits(1))" }, .alphanumeric),
            (
                "UUIDs", column { "\(digits(8))-a\(digits(3))-4\(digits(3))-b\(digits(3))-c\(digits(11))" },
                .alphanumeric
            ),
            ("phone numbers", column { "+49 1\(digits(2)) \(digits(6 + generator.below(3)))" }, .alphanumeric),
            ("one length", column { digits(11) }, .digits(length: 11)),
        ]
        for (name, values, rule) in columns { #expect(review(values, rule) == [], "\(name)") }
    }

    @Test func zerosAreLostBesideTheirOwn() {
        let found = review(["01234567890", "1234567890", "98765432101"])
        #expect(found.first { $0.habit == .lostZero }?.lines == [3])
        #expect(found.first { $0.habit == .lostZero }?.advice.contains("digits=11") == true)
        #expect(review(["01234567890", "1234567890"], .digits(length: 11)).allSatisfy { $0.habit != .lostZero })
    }

    @Test func whatIsRepeatedFarMoreOftenIsTold() {
        let values = numbers(500, seed: 3)
        #expect(review(values + values) == [])
        let found = review(values + Array(repeating: values[7], count: 60))
        #expect(found.map(\.habit) == [.repeated])
        #expect(found.first?.rows == 61 && found.first?.lines == [9, 502, 503, 504, 505])
    }

    @Test func aSpreadsheetKeepsFifteenDigits() {
        let honest = (0..<50).map { "\(900_719_925_474_099_123 + $0 * 1_000_003)" }
        #expect(review(honest) == [])
        let found = review(honest + ["123456789012346000", "223456789012346000"])
        #expect(found.map(\.habit) == [.cutDigits])
        #expect(found.first?.lines == [52, 53])
    }

    @Test func theMostHarmfulComesFirst() {
        let found = review(numbers(50, seed: 1) + ["52998224725.0", "N/A", "1.23457E+13", "null"])
        #expect(found.map(\.habit) == [.scientific, .placeholder, .decimalTail])
        #expect(found.map(\.lines) == [[54], [53, 55], [52]])
    }
}
