/// Bytes that all connections may hold together. Confined to the broker's loop.
///
/// A frame's length is a stranger's promise: before its bytes are taken in, it must fit into what is left; until then its
/// connection is not read from.
final class ByteBudget {
    let limit: Int
    private(set) var used = 0
    private var waiting: [(id: Int64, resume: () -> Void)] = []

    init(limit: Int) { self.limit = limit }

    /// - Returns: whether there was room. What alone is larger than the limit is let in when nothing else is there.
    func reserve(_ count: Int) -> Bool {
        guard used == 0 || used + count <= limit else { return false }
        used += count
        return true
    }

    /// Counts what is there already, room or not.
    func add(_ count: Int) { used += count }

    var isExceeded: Bool { used >= limit }

    func release(_ count: Int) {
        used -= count
        guard !waiting.isEmpty, used < limit else { return }
        // Each of them tries again, in the order of coming; who finds no room waits again.
        let resumed = waiting
        waiting.removeAll()
        for waiter in resumed { waiter.resume() }
    }

    func wait(_ id: Int64, _ resume: @escaping () -> Void) {
        guard !waiting.contains(where: { $0.id == id }) else { return }
        waiting.append((id, resume))
    }

    func giveUp(_ id: Int64) { waiting.removeAll { $0.id == id } }
}
