/// A moment in microseconds since 1970-01-01T00:00:00Z. Cores get it as an argument; none of them has a clock.
public struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    public func advanced(by duration: Duration) -> Timestamp {
        let parts = duration.components
        return Timestamp(microseconds: microseconds + parts.seconds * 1_000_000 + parts.attoseconds / 1_000_000_000_000)
    }

    /// RFC 3339 in UTC with microseconds, e.g. `2026-11-23T20:15:00.000250Z`.
    public var description: String {
        let second: Int64 = 1_000_000
        let (days, inDay) = floorDivide(microseconds, 86_400 * second)
        let date = Self.civil(fromDays: days)
        let (hour, inHour) = floorDivide(inDay, 3_600 * second)
        let (minute, inMinute) = floorDivide(inHour, 60 * second)
        var text: [UInt8] = []
        text.reserveCapacity(27)
        func append(_ value: Int64, digits: Int, _ end: Unicode.Scalar) {
            var divisor: Int64 = 1
            for _ in 1..<digits { divisor *= 10 }
            while divisor > 0 {
                text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
                divisor /= 10
            }
            text.append(UInt8(ascii: end))
        }
        append(date.year, digits: 4, "-")
        append(date.month, digits: 2, "-")
        append(date.day, digits: 2, "T")
        append(hour, digits: 2, ":")
        append(minute, digits: 2, ":")
        append(inMinute / second, digits: 2, ".")
        append(inMinute % second, digits: 6, "Z")
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads an RFC 3339 time; nil for anything else. Digits beyond microseconds are cut off.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ start: Int, _ count: Int) -> Int64? {
            guard start + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[start..<(start + count)] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            return value
        }
        guard bytes.count >= 20, let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
            let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
            bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"), [0x54, 0x74, 0x20].contains(bytes[10]), (1...12).contains(month),
            (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            var unit: Int64 = 100_000
            let first = index
            while index < bytes.count, let digit = number(index, 1) {
                fraction += digit * unit
                unit /= 10
                index += 1
            }
            if index == first { return nil }
        }
        var zone: Int64 = 0
        switch bytes.dropFirst(index).first {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"): index += 1
        case let sign? where sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"):
            guard let hours = number(index + 1, 2), let minutes = number(index + 4, 2), hours < 24, minutes < 60,
                bytes[index + 3] == UInt8(ascii: ":")
            else { return nil }
            zone = (hours * 60 + minutes) * (sign == UInt8(ascii: "+") ? 60 : -60)
            index += 6
        default: return nil
        }
        guard index == bytes.count else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        // The 30th of February would be taken for another day's name.
        guard Self.civil(fromDays: days).day == day else { return nil }
        self.init(
            microseconds: (days * 86_400 + hour * 3_600 + minute * 60 + second - zone) * 1_000_000 + fraction)
    }

    // Days since 1970 and the proleptic Gregorian calendar, by Howard Hinnant's "chrono-compatible low-level date
    // algorithms".
    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let (era, yearOfEra) = floorDivide(month <= 2 ? year - 1 : year, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

private func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let remainder = value % divisor
    return remainder < 0 ? (value / divisor - 1, remainder + divisor) : (value / divisor, remainder)
}
