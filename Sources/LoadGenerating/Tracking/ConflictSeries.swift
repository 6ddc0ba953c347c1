import Messages

/// A customer that had a value from its registration on.
struct Occupation: Hashable, Sendable {
    var key: UniqueKey
    /// Microseconds.
    var start: Int64
    /// When it was undone; nil if it was not.
    var end: Int64?
}

/// How many values were in conflict (had two customers or more that were not unregistered) over a run.
public struct ConflictSeries: Hashable, Sendable, Codable {
    /// Most slices that a run is cut into.
    public static let sliceCount = 240

    /// The greatest number of values in conflict at one time.
    public var peak: Int
    /// How long values were in conflict, added up over all of them.
    public var valueSeconds: Double
    /// How long each slice of the run is.
    public var sliceMilliseconds: Double
    /// For each slice the greatest number of values in conflict at one time.
    public var greatest: [Int]

    public init(peak: Int, valueSeconds: Double, sliceMilliseconds: Double, greatest: [Int]) {
        self.peak = peak
        self.valueSeconds = valueSeconds
        self.sliceMilliseconds = sliceMilliseconds
        self.greatest = greatest
    }

    /// Counts the conflicts between two times in microseconds. What lies outside counts for the nearer slice.
    init(_ occupations: [Occupation], from start: Int64, to end: Int64) {
        let length = max(1, Double(end) - Double(start))
        var changes = Self.changes(occupations)
        changes.sort { ($0.time, $0.change) < ($1.time, $1.change) }
        var greatest = [Int](repeating: 0, count: Self.sliceCount)
        var area = 0.0
        var peak = 0
        var current = 0
        var place = 0
        var before = start
        for change in changes {
            area += Double(current) * max(0, Double(change.time) - Double(before))
            let share = (Double(change.time) - Double(start)) / length
            let next = min(
                max(Int(exactly: (share * Double(Self.sliceCount)).rounded(.down)) ?? 0, 0), Self.sliceCount - 1)
            // What did not change since counts for the slices in between, too.
            for slice in place...max(place, next) { greatest[slice] = max(greatest[slice], current) }
            place = max(place, next)
            current += change.change
            greatest[place] = max(greatest[place], current)
            peak = max(peak, current)
            before = change.time
        }
        for slice in place..<Self.sliceCount { greatest[slice] = max(greatest[slice], current) }
        area += Double(current) * max(0, Double(end) - Double(before))
        self.init(
            peak: peak, valueSeconds: (area / 1000).rounded() / 1000,
            sliceMilliseconds: (length / Double(Self.sliceCount)).rounded() / 1000, greatest: greatest)
    }

    /// When the number of values in conflict goes up or down by one.
    private static func changes(_ occupations: [Occupation]) -> [(time: Int64, change: Int)] {
        var byKey: [UniqueKey: [Occupation]] = [:]
        for occupation in occupations { byKey[occupation.key, default: []].append(occupation) }
        var changes: [(time: Int64, change: Int)] = []
        for group in byKey.values where group.count > 1 {
            var holders = 0
            // At one time ends come before starts: what follows at once was no conflict.
            let steps = group.flatMap { occupation -> [(time: Int64, change: Int)] in
                // One that was undone at once, or before by another clock, was there for no time.
                if let end = occupation.end, end <= occupation.start { return [] }
                return [(occupation.start, 1)] + (occupation.end.map { [($0, -1)] } ?? [])
            }.sorted { ($0.time, $0.change) < ($1.time, $1.change) }
            for step in steps {
                let was = holders > 1
                holders += step.change
                if was != (holders > 1) { changes.append((step.time, was ? -1 : 1)) }
            }
        }
        return changes
    }
}
