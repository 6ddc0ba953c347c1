/// Tokens by their deadlines, the earliest first: a binary heap. What is over before its deadline stays in it until then,
/// or until it is rebuilt.
struct DeadlineHeap: Sendable {
    struct Entry: Hashable, Sendable, Comparable {
        var deadline: Int64
        var token: RequestToken

        static func < (left: Entry, right: Entry) -> Bool {
            (left.deadline, left.token) < (right.deadline, right.token)
        }
    }

    private(set) var entries: [Entry] = []

    var first: Entry? { entries.first }

    mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child] < entries[parent] else { break }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst() {
        guard let last = entries.popLast(), !entries.isEmpty else { return }
        entries[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
            guard entries[child] < entries[parent] else { break }
            entries.swapAt(child, parent)
            parent = child
        }
    }

    mutating func rebuild(_ kept: [Entry]) {
        // What is sorted is a heap.
        entries = kept.sorted()
    }
}
