/// A strategy of set validation that a registration can go through.
public enum RegistrationStrategy: String, Hashable, Sendable, CaseIterable, Codable {
    /// Registered as pending, verified, and confirmed or undone.
    case compensate
    /// The values are reserved first; the customer is registered only if that succeeds.
    case reserve
    /// The customer's id is a function of the first value, so a duplicate of it meets the first in its own stream.
    /// Further values are reserved.
    case derived
}

/// Which strategy the values of a run go through.
public enum StrategyChoice: String, Hashable, Sendable, CaseIterable {
    case compensate, reserve, derived
    /// Each value goes through one strategy, drawn by the seed.
    case mixed

    /// The one strategy of all values; nil if they are mixed.
    public var single: RegistrationStrategy? { RegistrationStrategy(rawValue: rawValue) }

    /// The strategy of all registrations that hang together by their values: the same for the same seed.
    ///
    /// - Parameter value: one that names them, as normalization leaves it.
    func strategy(ofValue value: String, seed: UInt64) -> RegistrationStrategy {
        if let single { return single }
        // FNV-1a: the standard library's hashes differ from run to run.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in value.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        var generator = SeededGenerator(seed: hash ^ SeededGenerator.mix(seed))
        return generator.pick(RegistrationStrategy.allCases) ?? .compensate
    }
}
