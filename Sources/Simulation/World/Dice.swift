/// Random numbers that one seed decides: SplitMix64, the same on every machine and in every version of Swift.
package struct Dice: Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below the bound; 0 when the bound is not above 0. Its bias is below one in 2^32 for the small
    /// bounds that a simulation has.
    package mutating func below(_ bound: Int) -> Int {
        guard bound > 1 else { return 0 }
        return Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// True in `n` of `m` cases.
    package mutating func chance(_ n: Int, of m: Int) -> Bool { n > 0 && below(m) < n }

    /// A number from `low` to `high`, both included; `low` when there is none between them.
    package mutating func between(_ low: Int64, _ high: Int64) -> Int64 {
        guard high > low else { return low }
        return low &+ Int64(below(Int(clamping: high &- low &+ 1)))
    }

    /// One of the elements; nil when there is none.
    package mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }

    /// Dice of their own for a part of the world, so that what the part draws does not move what others draw.
    package mutating func fork() -> Dice { Dice(seed: next()) }
}
