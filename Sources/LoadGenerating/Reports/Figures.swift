/// Numbers as people read them.
enum Figures {
    /// With separators between thousands: `20,000`.
    static func grouped(_ number: Int) -> String {
        var result = ""
        for (place, digit) in String(number.magnitude).reversed().enumerated() {
            if place > 0, place.isMultiple(of: 3) { result.append(",") }
            result.append(digit)
        }
        return (number < 0 ? "-" : "") + String(result.reversed())
    }

    /// With so many decimals, and separators between thousands: `1,234.50`. What is no finite number is `–`.
    static func fixed(_ number: Double, decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        guard let scaled = Int(exactly: (number.magnitude * scale).rounded()) else { return "–" }
        let sign = number < 0 && scaled > 0 ? "-" : ""
        let whole = grouped(scaled / Int(scale))
        guard decimals > 0 else { return sign + whole }
        let rest = String(scaled % Int(scale))
        return "\(sign)\(whole).\(String(repeating: "0", count: decimals - rest.count))\(rest)"
    }

    /// A duration in milliseconds with a precision that fits its size: `0.42`, `8.3`, `1,204`.
    static func milliseconds(_ value: Double) -> String {
        switch value.magnitude {
        case ..<1: fixed(value, decimals: 2)
        case ..<100: fixed(value, decimals: 1)
        default: fixed(value, decimals: 0)
        }
    }

    /// A share in percent, `12.5 %`; nothing of nothing is `–`.
    static func percent(_ part: Int, of whole: Int) -> String {
        guard whole > 0 else { return "–" }
        return "\(fixed(Double(part) * 100 / Double(whole), decimals: 1)) %"
    }

    /// A time of a day's length at most in two units: `42 s`, `3 m 07 s`, `2 h 05 m`.
    static func duration(seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, let total = Int(exactly: seconds.rounded()) else { return "–" }
        func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if total < 60 { return "\(total) s" }
        if total < 3600 { return "\(total / 60) m \(twoDigits(total % 60)) s" }
        return "\(total / 3600) h \(twoDigits(total / 60 % 60)) m"
    }
}
