import Foundation
import Messages

/// One attribute's part of a ``FileReview``.
struct ColumnReview {
    let attribute: UniqueAttribute
    private var rows = 0
    private var tallies: [ValueHabit: RowTally] = [:]
    private var placeholders: [String: Int] = [:]
    /// By the value's hash.
    private var values: [UInt64: Seen] = [:]
    /// The first lines of values that were seen again.
    private var repeats: [UInt64: [Int]] = [:]
    /// Hashes of what values would be without their leading zeros (one, and two), as far as they have some.
    private var withoutZeros: Set<UInt64> = []
    /// For each length of 16 and more, how many values are digits alone.
    private var longDigits: [Int: Int] = [:]
    private var cutDigits: [Int: RowTally] = [:]
    private var withLetters = 0
    private var decimals = 0
    private var datesByShapeAlone = 0

    private struct Seen {
        var count: Int32 = 0
        var firstLine: Int32
        /// How many digits it has; 0 if it has anything else.
        var digits: UInt8
        /// Whether a spelling was digits alone, as a spreadsheet's numbers are.
        var isPlain: Bool
    }

    init(_ attribute: UniqueAttribute) { self.attribute = attribute }

    mutating func add(_ spelling: String, value: String, line: Int) {
        rows += 1
        let bytes = Array(spelling.utf8.drop { $0 == .space })
        let hash = Self.hash(value.utf8)
        func isKept(_ character: Character) -> Bool { attribute.normalize.keepsPunctuation && value.first == character }
        var habits: [ValueHabit] = []
        defer { for habit in habits { tallies[habit, default: RowTally()].add(hash, line: line) } }

        if let name = Placeholder.name(of: spelling) {
            placeholders[name, default: 0] += 1
            habits.append(.placeholder)
            if name != Placeholder.sequenceName { return }
        }
        if ValueShape.isScientific(bytes) {
            habits.append(.scientific)
            return
        }
        if bytes.contains(where: ValueShape.isLetter) { withLetters += 1 }
        habits += shapes(bytes, value: value)
        if isKept("'"), bytes.dropFirst().first.map({ ValueShape.isDigit($0) || $0 == UInt8(ascii: "+") }) == true {
            habits.append(.apostrophe)
        }
        if let first = value.first, value.count > 1, attribute.normalize.keepsPunctuation,
            let close = Self.closingQuotes[first], value.last == close
        {
            habits.append(.quotes)
        }
        remember(bytes, value: value, hash: hash, line: line)
    }

    private mutating func shapes(_ bytes: [UInt8], value: String) -> [ValueHabit] {
        var habits: [ValueHabit] = []
        let decimal = ValueShape.decimal(bytes)
        if decimal.isDecimal {
            if decimal.tailIsZero { habits.append(.decimalTail) } else { decimals += 1 }
        }
        if ValueShape.isDate(bytes) {
            habits.append(.date)
        } else if ValueShape.isDateLike(bytes) {
            datesByShapeAlone += 1
        }
        if attribute.normalize != .email, bytes.dropFirst().dropLast().contains(UInt8(ascii: "@")) {
            habits.append(.exchanged)
        }
        if !attribute.normalize.keepsDigitsAlone, ValueShape.isLabelled(bytes) { habits.append(.label) }
        if ValueShape.hasLookalikes(value) { habits.append(.lookalike) }
        if ValueShape.hasInvisible(value) { habits.append(.invisible) }
        return habits
    }

    private mutating func remember(_ bytes: [UInt8], value: String, hash: UInt64, line: Int) {
        let digits = value.utf8.allSatisfy(ValueShape.isDigit) ? value.utf8.count : 0
        let isPlain = digits > 0 && bytes.allSatisfy(ValueShape.isDigit)
        if digits >= 16 {
            longDigits[digits, default: 0] += 1
            if value.utf8.dropFirst(15).allSatisfy({ $0 == UInt8(ascii: "0") }) {
                cutDigits[digits, default: RowTally()].add(hash, line: line)
            }
        }
        if digits > 1, value.utf8.first == UInt8(ascii: "0") {
            withoutZeros.insert(Self.hash(value.utf8.dropFirst()))
            if value.utf8.dropFirst().first == UInt8(ascii: "0") {
                withoutZeros.insert(Self.hash(value.utf8.dropFirst(2)))
            }
        }
        let line32 = Int32(clamping: line)
        var seen = values[hash] ?? Seen(firstLine: line32, digits: UInt8(clamping: digits), isPlain: false)
        seen.count += 1
        seen.isPlain = seen.isPlain || isPlain
        values[hash] = seen
        if seen.count > 1, seen.count <= FileFinding.lineLimit {
            repeats[hash, default: [Int(seen.firstLine)]].append(line)
        }
    }

    // MARK: What it comes to

    func findings() -> [FileFinding] {
        var found: [FileFinding] = []
        func add(_ habit: ValueHabit, _ tally: RowTally?, advice: String? = nil) {
            guard let tally, tally.rows > 0 else { return }
            let names = habit == .placeholder ? placeholders.keys.sorted() : []
            found.append(
                FileFinding(
                    habit: habit, attribute: attribute.name, rows: tally.rows, distinctValues: tally.hashes.count,
                    lines: tally.lines.sorted(), placeholders: names, advice: advice ?? habit.advice))
        }
        for habit in ValueHabit.allCases where isMeant(habit) { add(habit, tallies[habit]) }
        for (digits, tally) in cutDigits.sorted(by: { $0.key < $1.key }) where isTooMany(tally.rows, ofLength: digits) {
            add(.cutDigits, tally)
        }
        add(.repeated, repeated())
        if let (tally, length) = lostZeros() {
            add(.lostZero, tally, advice: "format the column as text, or declare `normalize: digits=\(length)`")
        }
        return found
    }

    /// Whether a shape means, in this column, what it looks like.
    private func isMeant(_ habit: ValueHabit) -> Bool {
        let count = tallies[habit]?.rows ?? 0
        return switch habit {
        // Numbers with other fractions are what the column is about.
        case .decimalTail: decimals == 0
        case .date: datesByShapeAlone == 0 && count * 2 < rows
        case .exchanged: count * 2 < rows || attribute.name == UniqueAttribute.document
        // Nearly all the others are digits.
        case .label: (withLetters - count) * 10 <= rows - count && rows > count
        default: true
        }
    }

    /// That a number ends with so many zeros by itself has this chance; ten times as often, and twice, is no chance.
    private func isTooMany(_ count: Int, ofLength digits: Int) -> Bool {
        var expected = Double(longDigits[digits] ?? 0)
        for _ in 15..<digits { expected /= 10 }
        return count >= 2 && Double(count) > 10 * expected
    }

    /// Were each of d values as likely as the others, a value would reach the limit in one of a million files. The mean
    /// is that of the values below the limit, so that a frequent one doesn't hide itself.
    private func repeated() -> RowTally? {
        guard values.count > 1 else { return nil }
        var limit = Int.max
        while true {
            let rest = values.values.filter { $0.count < limit }
            guard !rest.isEmpty else { return nil }
            let mean = Double(rest.reduce(0) { $0 + Int($1.count) }) / Double(rest.count)
            let next = Self.limit(mean: mean, values: values.count)
            if next >= limit { break }
            limit = next
            // The greatest one may have raised the mean: once more without it.
            if !values.values.contains(where: { $0.count >= limit }) { return nil }
        }
        var tally = RowTally()
        for (hash, seen) in values where seen.count >= limit {
            for (index, line) in (repeats[hash] ?? []).enumerated() {
                tally.add(hash, line: line, rows: index == 0 ? Int(seen.count) : 0)
            }
        }
        return tally
    }

    /// The least count k for which d values, each with a Poisson distribution of this mean, reach k with less than 10⁻⁶.
    static func limit(mean: Double, values: Int) -> Int {
        // Chernoff's bound of the tail: e^(k - m) (m / k)^k. It needs no sum, and errs towards silence.
        let wanted = -13.8 - log(Double(values))
        var count = mean.rounded(.up) + 1
        while count - mean + count * (log(mean) - log(count)) > wanted { count += 1 }
        return Int(count)
    }

    private func lostZeros() -> (RowTally, length: Int)? {
        if case .digits(.some) = attribute.normalize { return nil }
        var lengths: [Int: Int] = [:]
        for seen in values.values where seen.digits > 0 { lengths[Int(seen.digits), default: 0] += 1 }
        guard let (length, count) = lengths.max(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else { return nil }
        let short = (lengths[length - 1] ?? 0) + (lengths[length - 2] ?? 0)
        let others = values.count - count - short
        // Zeros are lost by a tenth of random numbers: more than a quarter, or yet other lengths, is no one length.
        let isOneLength = short * 3 <= count && others * 20 <= values.count && length >= 6
        var tally = RowTally()
        for (hash, seen) in values where seen.isPlain {
            let isShort = isOneLength && (length - 2..<length).contains(Int(seen.digits))
            if isShort || withoutZeros.contains(hash) {
                tally.add(hash, line: Int(seen.firstLine), rows: Int(seen.count))
            }
        }
        return tally.rows > 0 ? (tally, length) : nil
    }

    private static let closingQuotes: [Character: Character] = [
        "\"": "\"", "'": "'", "“": "”", "„": "“", "«": "»", "‘": "’", "`": "`",
    ]

    /// FNV-1a, its bits spread: the same in every run.
    private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        SeededGenerator.mix(bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    }
}

extension NormalizationRule {
    /// Whether what is no letter and no digit stays in the value.
    fileprivate var keepsPunctuation: Bool {
        switch self {
        case .alphanumeric, .digits: false
        case .email, .trim, .none: true
        }
    }

    fileprivate var keepsDigitsAlone: Bool {
        if case .digits = self { true } else { false }
    }
}
