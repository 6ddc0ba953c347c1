import Messages
import Uniqueness

typealias Process = RegistrationProcess

func values(_ pairs: KeyValuePairs<String, String>) -> UniqueValues {
    UniqueValues(pairs.map { UniqueKey(attribute: $0.key, value: $0.value) })
}

func changes(_ pairs: KeyValuePairs<String, String?>) -> ValueChanges {
    ValueChanges(pairs.map { ValueChanges.Change(attribute: $0.key, value: $0.value) })
}

/// SplitMix64, so that a seed gives the same draws for ever.
struct Dice {
    private var state: UInt64
    init(seed: Int) { state = UInt64(seed) }

    /// One of the numbers from 0 that are below the bound.
    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((value ^ (value >> 31)) % UInt64(max(bound, 1)))
    }

    mutating func isOneOf(_ count: Int) -> Bool { below(count) == 0 }
}
