/// What a fuzzing program tries. Each program has one type that conforms, by the name of `Target`.
protocol FuzzTarget {
    /// Tries an input. Whatever is wrong ends the process, by a trap or by ``finding(_:)``.
    static func run(_ bytes: [UInt8])

    /// Inputs to begin with, made from what the tests have.
    static func seeds() throws -> [[UInt8]]
}
