/// An answer to set validation that a registration can go through.
public enum Answer: String, Hashable, Sendable, CaseIterable, Codable {
    /// Registered as pending, verified, and confirmed or undone.
    case compensate
    /// The document is reserved first; the customer is registered only if that succeeds.
    case reserve
    /// The customer's id is a function of the document, so a duplicate meets the first in its own stream.
    case derived
}

/// Which answer the documents of a run go through.
public enum LoadStrategy: String, Hashable, Sendable, CaseIterable {
    case compensate, reserve, derived
    /// Each document goes through one answer, drawn by the seed.
    case mixed

    /// The one answer of all documents; nil if they are mixed.
    public var answer: Answer? { Answer(rawValue: rawValue) }

    /// The answer of all registrations of a document: the same for the same seed, whatever else is in the plan.
    ///
    /// - Parameter document: as normalization leaves it.
    public func answer(ofDocument document: String, seed: UInt64) -> Answer {
        if let answer { return answer }
        // FNV-1a: the standard library's hashes differ from run to run.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in document.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        var generator = SeededGenerator(seed: hash ^ SeededGenerator.mix(seed))
        return generator.pick(Answer.allCases) ?? .compensate
    }
}
