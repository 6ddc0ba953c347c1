import Foundation
import Synchronization

/// Work of clients beside the campaign, each piece on a thread of its own, because the broker may be away.
final class SideWork: Sendable {
    private let done = Mutex<(times: Int, records: Int, underWay: Int)>((0, 0, 0))

    /// How often something was written, and how many records in all.
    var counts: (times: Int, records: Int) { done.withLock { ($0.times, $0.records) } }
    var isIdle: Bool { done.withLock { $0.underWay == 0 } }

    /// - Parameter body: returns how many records it wrote. Whatever it throws means none.
    func start(_ body: @escaping @Sendable () throws -> Int) {
        done.withLock { $0.underWay += 1 }
        let thread = Thread { [self] in
            let count = (try? body()) ?? 0
            done.withLock { done in
                done.underWay -= 1
                done.times += count > 0 ? 1 : 0
                done.records += count
            }
        }
        thread.stackSize = 4 << 20
        thread.start()
    }
}
