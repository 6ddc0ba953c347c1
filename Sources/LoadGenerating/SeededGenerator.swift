/// SplitMix64: a small generator whose sequence is fixed for ever by its seed.
///
/// The standard library promises no algorithm for `Int.random(in:using:)`, so a plan drawn with it could change with
/// the toolchain. Everything here is drawn with ``below(_:)`` and ``chance(_:of:)`` instead.
public struct SeededGenerator: Hashable, Sendable {
    private var state: UInt64

    /// Two generators with the same seed give the same values.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// A number from 0 up to, and without, `bound`, each equally likely. A `bound` below 2 gives 0.
    public mutating func below(_ bound: Int) -> Int {
        guard bound > 1 else { return 0 }
        let range = UInt64(bound)
        // Lemire's method: the high half of a product, with the few biased low halves drawn again.
        let threshold = (0 &- range) % range
        while true {
            let product = range.multipliedFullWidth(by: next())
            if product.low >= threshold { return Int(product.high) }
        }
    }

    /// True `part` times out of `whole` in the long run. A `part` of `whole` or more is always true.
    public mutating func chance(_ part: Int, of whole: Int) -> Bool {
        below(whole) < part
    }

    /// One of the elements; nil when there are none.
    public mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }

    /// Puts the elements in a random order (Fisher and Yates), every order equally likely.
    public mutating func shuffle<Element>(_ elements: inout [Element]) {
        var end = elements.count
        while end > 1 {
            let chosen = below(end)
            end -= 1
            elements.swapAt(chosen, end)
        }
    }

    /// Spreads a number's bits over the whole word; one to one.
    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
