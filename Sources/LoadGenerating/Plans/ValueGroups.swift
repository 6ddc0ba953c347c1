import Messages

/// Which registrations hang together: those that share a value, and those that share one with one of these. In a race for
/// values a registration concerns nobody outside its group.
struct ValueGroups: Sendable {
    /// For each registration an earlier one of its group, or itself; in the end the first.
    private var parents: [Int32] = []

    init(_ registrations: some Sequence<UniqueValues>) {
        var firsts: [UniqueKey: Int] = [:]
        for (index, values) in registrations.enumerated() {
            parents.append(Int32(index))
            for key in values.keys {
                guard let first = firsts[key] else {
                    firsts[key] = index
                    continue
                }
                let (one, other) = (root(of: first), root(of: index))
                parents[max(one, other)] = Int32(min(one, other))
            }
        }
        // Whoever comes before is settled already.
        for index in parents.indices { parents[index] = parents[Int(parents[index])] }
    }

    /// Names the group: its first registration.
    func group(of index: Int) -> Int { Int(parents[index]) }

    private mutating func root(of index: Int) -> Int {
        var place = index
        while Int(parents[place]) != place {
            parents[place] = parents[Int(parents[place])]
            place = Int(parents[place])
        }
        return place
    }
}
