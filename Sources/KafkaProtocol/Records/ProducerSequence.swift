/// Arithmetic on the sequences of idempotent producers, which run from 0 to `Int32.max` and then begin anew (KIP-98).
public enum ProducerSequence {
    /// The sequence `delta` records later. Both are not negative.
    public static func adding(_ delta: Int32, to sequence: Int32) -> Int32 {
        Int32(truncatingIfNeeded: (Int64(sequence) + Int64(delta)) & 0x7FFF_FFFF)
    }

    /// The sequence `delta` records earlier. Both are not negative.
    public static func subtracting(_ delta: Int32, from sequence: Int32) -> Int32 {
        Int32(truncatingIfNeeded: (Int64(sequence) - Int64(delta)) & 0x7FFF_FFFF)
    }

    /// Whether `next` is what must follow `last`; a `last` of -1 means that nothing came before.
    public static func follows(_ next: Int32, _ last: Int32) -> Bool {
        last == Int32.max ? next == 0 : next == last + 1
    }
}
