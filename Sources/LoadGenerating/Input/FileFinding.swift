/// What people's tools and customs do to the values of a file. The order is that of the harm: first what makes one value
/// of several people, then what makes several values of one.
public enum ValueHabit: Int, Hashable, Sendable, CaseIterable {
    case scientific, placeholder, cutDigits, repeated, exchanged, lostZero, decimalTail, label, lookalike, invisible,
        date,
        apostrophe, quotes

    /// For people: what was seen.
    var title: String {
        switch self {
        case .scientific: "scientific notation: different people may have become one value"
        case .placeholder: "placeholders instead of values: all who have the same one collide"
        case .cutDigits:
            "zeros behind the 15th digit: a spreadsheet keeps 15, different people may have become one value"
        case .repeated: "the same value far more often than the rest of the column repeats"
        case .exchanged: "e-mail addresses where something else is expected"
        case .lostZero: "shorter than the rest of the column: leading zeros were lost"
        case .decimalTail: "a decimal tail (.0): it becomes part of the value"
        case .label: "a label within the value: it becomes part of the value"
        case .lookalike: "Latin letters mixed with letters of another script that look the same"
        case .invisible: "invisible characters: what looks the same is another value"
        case .date: "dates where something else is expected"
        case .apostrophe: "a leading apostrophe: it becomes part of the value"
        case .quotes: "quotes around the value: they become part of it"
        }
    }

    /// For people: what to do.
    var advice: String {
        switch self {
        case .scientific: "export again with the column formatted as text; the digits can't be got back from this file"
        case .placeholder: "leave the field empty, or take the rows out"
        case .cutDigits: "export again from the source, not through a spreadsheet"
        case .repeated: "look at these rows: a default, a test value, or one household's?"
        case .exchanged: "check the header and --column: two columns may be exchanged"
        case .lostZero: "format the column as text, or declare the length for all: normalize: digits=N"
        case .decimalTail: "export the column as text (pandas: dtype=str)"
        case .label: "take the label out"
        case .lookalike: "type these values again in one script"
        case .invisible: "take these characters out"
        case .date: "format the column as text, and export again"
        case .apostrophe, .quotes: "take them out"
        }
    }
}

/// What a review found in a column. It has no values of the file: they are personal data.
public struct FileFinding: Hashable, Sendable, CustomStringConvertible {
    public var habit: ValueHabit
    public var attribute: String
    public var rows: Int
    public var distinctValues: Int
    /// The first lines, at most ``lineLimit``, in ascending order.
    public var lines: [Int]
    /// Names of placeholders, out of our own table.
    public var placeholders: [String]
    public var advice: String

    static let lineLimit = 5

    /// For people, in two lines.
    public var description: String {
        let named = placeholders.isEmpty ? "" : " (\(placeholders.joined(separator: ", ")))"
        let shown = lines.map(String.init).joined(separator: ", ") + (rows > lines.count ? ", …" : "")
        let places = "\(lines.count == 1 ? "line" : "lines") \(shown)"
        return """
            \(attribute): \(habit.title)\(named): \(rows) \(rows == 1 ? "row" : "rows"), \
            \(distinctValues) distinct \(distinctValues == 1 ? "value" : "values"), \(places)
              \(advice)
            """
    }
}
