extension Duration {
    /// Reads a duration as people write it: a whole number with the unit `s`, `m`, `h` or `d`, such as `90d`.
    /// - Returns: nil for anything else, and for more than a thousand years, which keeps the arithmetic of times far from
    ///   its limits.
    public init?(shortText text: some StringProtocol) {
        let digits = text.dropLast()
        guard let unit = text.last, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int64(digits)
        else { return nil }
        let seconds: Int64
        switch unit {
        case "s": seconds = 1
        case "m": seconds = 60
        case "h": seconds = 3_600
        case "d": seconds = 86_400
        default: return nil
        }
        guard number <= 365_250 * 86_400 / seconds else { return nil }
        self = .seconds(number * seconds)
    }
}
