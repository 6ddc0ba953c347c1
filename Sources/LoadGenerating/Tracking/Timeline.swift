/// How many commands were sent and settled in each slice of a run.
///
/// The slices grow as the run gets longer, so that there are never more than ``greatestSliceCount``.
public struct Timeline: Hashable, Sendable {
    /// One slice of the run.
    public struct Slice: Hashable, Sendable {
        public var sent = 0
        public var settled = 0
    }

    public static let greatestSliceCount = 256

    /// When the first slice begins, in microseconds of the run's clock; nil before anything happened.
    public private(set) var start: Int64?
    /// How long each slice is, in microseconds.
    public private(set) var sliceMicroseconds: Int64 = 10_000
    /// The slices from the start to the last thing that happened.
    public private(set) var slices: [Slice] = []

    public init() {}

    mutating func recordSent(at time: Int64) {
        let place = slice(at: time)
        slices[place].sent += 1
    }

    mutating func recordSettled(at time: Int64) {
        let place = slice(at: time)
        slices[place].settled += 1
    }

    /// The slice that a time falls into, made if need be. What is earlier than the start falls into the first.
    private mutating func slice(at time: Int64) -> Int {
        let start = self.start ?? time
        self.start = start
        let (difference, isTooFar) = time.subtractingReportingOverflow(start)
        let offset = time <= start ? 0 : isTooFar ? Int64.max : difference
        while offset / sliceMicroseconds >= Int64(Self.greatestSliceCount) {
            sliceMicroseconds *= 2
            slices = stride(from: 0, to: slices.count, by: 2).map { place in
                var merged = slices[place]
                if place + 1 < slices.count {
                    merged.sent += slices[place + 1].sent
                    merged.settled += slices[place + 1].settled
                }
                return merged
            }
        }
        let place = Int(offset / sliceMicroseconds)
        while slices.count <= place { slices.append(Slice()) }
        return place
    }
}
