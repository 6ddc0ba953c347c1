internal import DeadLetters
internal import EventLog
internal import Messages

/// A story's entries in their order, each with what it follows from.
struct StoryTimeline: Sendable {
    struct Line: Sendable {
        var entry: StoryEntry
        /// How many entries of the story led to it.
        var depth: Int
    }

    private var entries: [StoryEntry]
    private var parents: [Int?] = []

    init(_ taken: [StoryEntry]) {
        entries = taken.sorted { ($0.topic.rank, $0.place) < ($1.topic.rank, $1.place) }
        markRepeats()
        parents = findParents()
    }

    /// Only what touches a key: what names it; what led to that; what such commands were told; and all of the
    /// processes that are about it.
    func touching(_ key: UniqueKey) -> StoryTimeline {
        let kept = touched(by: key)
        var timeline = self
        timeline.entries = entries.indices.filter { kept[$0] }.map { entries[$0] }
        timeline.parents = timeline.findParents()
        return timeline
    }

    /// By time; but nothing before what it follows from, whatever the clocks say.
    var lines: [Line] {
        let order = preorder()
        var times = [Int64](repeating: 0, count: entries.count)
        var depths = [Int](repeating: 0, count: entries.count)
        // Parents come before their children there.
        for index in order {
            let own = entries[index].time?.microseconds ?? 0
            if let parent = parents[index] {
                times[index] = max(own, times[parent])
                depths[index] = depths[parent] + 1
            } else {
                times[index] = own
            }
        }
        let sorted = order.enumerated().sorted {
            (times[$0.element], $0.offset) < (times[$1.element], $1.offset)
        }
        return sorted.map { Line(entry: entries[$0.element], depth: depths[$0.element]) }
    }

    /// First occurrences, by topic and place.
    var firsts: [StoryEntry] { entries.filter { $0.note == nil } }

    private mutating func markRepeats() {
        var firsts: [Fingerprint: Fingerprint] = [:]
        for index in entries.indices where entries[index].note == nil && !entries[index].id.isEmpty {
            let entry = entries[index]
            if let content = firsts[entry.identity] {
                entries[index].note = content == entry.content ? .repeated : .differing
                entries[index].time = entry.written ?? entry.time
            } else {
                firsts[entry.identity] = entry.content
            }
        }
    }

    private func findParents() -> [Int?] {
        var places: [RecordPlace: Int] = [:]
        var messages: [Fingerprint: [Int]] = [:]
        for (index, entry) in entries.enumerated() {
            places[entry.place] = index
            if entry.note == nil, !entry.id.isEmpty {
                messages[Fingerprint(entry.customerID, entry.source, entry.id), default: []].append(index)
            }
        }
        let found = entries.indices.map { index -> Int? in
            let entry = entries[index]
            if let place = entry.causePlace, let parent = places[place], parent != index { return parent }
            guard let id = entry.causationID else { return nil }
            let named = messages[Fingerprint(entry.customerID, entry.causationSource ?? "", id)] ?? []
            return named.first { $0 != index && Self.canCause(entries[$0].topic, entry.topic) }
        }
        return withoutCircles(found)
    }

    /// Clients name commands and requests independently, and may give both one name.
    private static func canCause(_ cause: Topic, _ effect: Topic) -> Bool {
        switch cause {
        case .customerCommands: effect == .customerEvents || effect == .commandOutcomes
        case .registrationRequests:
            effect == .registrationEvents || effect == .uniqueClaims || effect == .processCommands
        default: true
        }
    }

    /// Only forged records cause each other.
    private func withoutCircles(_ found: [Int?]) -> [Int?] {
        var parents = found
        var state = [UInt8](repeating: 0, count: found.count)  // 1: on the way, 2: known to end
        for start in found.indices {
            var path: [Int] = []
            var next: Int? = start
            while let index = next, state[index] == 0 {
                state[index] = 1
                path.append(index)
                next = parents[index]
            }
            if let index = next, state[index] == 1, let last = path.last { parents[last] = nil }
            for index in path { state[index] = 2 }
        }
        return parents
    }

    /// Each entry, then what follows from it.
    private func preorder() -> [Int] {
        var children: [[Int]] = Array(repeating: [], count: entries.count)
        var roots: [Int] = []
        for (index, parent) in parents.enumerated() {
            if let parent { children[parent].append(index) } else { roots.append(index) }
        }
        func isBefore(_ left: Int, _ right: Int) -> Bool {
            let (leftTime, rightTime) = (entries[left].time?.microseconds ?? 0, entries[right].time?.microseconds ?? 0)
            return (leftTime, left) < (rightTime, right)
        }
        var order: [Int] = []
        var stack = Array(roots.sorted(by: isBefore).reversed())
        while let index = stack.popLast() {
            order.append(index)
            stack += children[index].sorted(by: isBefore).reversed()
        }
        return order
    }

    private func touched(by key: UniqueKey) -> [Bool] {
        let derived = NameID.customer(of: key).description
        var kept = entries.map { entry in
            entry.keys.contains(key) || entry.customerID.isExactly(derived)
                || (entry.topic.isDeadLetter && entry.customerID.isEmpty)
        }
        var processes: Set<Fingerprint> = []
        for (index, entry) in entries.enumerated() where kept[index] {
            if let process = entry.process { processes.insert(Fingerprint(process)) }
        }
        for (index, entry) in entries.enumerated() {
            if let process = entry.process, processes.contains(Fingerprint(process)) { kept[index] = true }
        }
        for start in entries.indices where kept[start] {
            var next = parents[start]
            while let index = next, !kept[index] {
                kept[index] = true
                next = parents[index]
            }
        }
        for (index, entry) in entries.enumerated() where !kept[index] {
            switch entry.topic {
            case .commandOutcomes, .processOutcomes: kept[index] = parents[index].map { kept[$0] } ?? false
            default: if entry.topic.isDeadLetter { kept[index] = parents[index].map { kept[$0] } ?? false }
            }
        }
        return kept
    }
}
