import Foundation
import Synchronization

/// Work of clients beside the campaign, each piece on a thread of its own, because the broker may be away.
final class SideWork: Sendable {
    private struct Done {
        var times = 0
        var records = 0
        var underWay = 0
        var failure: String?
    }
    private let done = Mutex(Done())

    /// How often something was written, and how many records in all.
    var counts: (times: Int, records: Int) { done.withLock { ($0.times, $0.records) } }
    var isIdle: Bool { done.withLock { $0.underWay == 0 } }
    /// What came in the way last.
    var failure: String? { done.withLock { $0.failure } }

    /// - Parameter body: returns how many records it wrote. Whatever it throws means none.
    func start(_ body: @escaping @Sendable () throws -> Int) {
        done.withLock { $0.underWay += 1 }
        let thread = Thread { [self] in
            let result = Result { try body() }
            done.withLock { done in
                done.underWay -= 1
                switch result {
                case .success(let count):
                    done.times += count > 0 ? 1 : 0
                    done.records += count
                case .failure(let error): done.failure = "\(error)"
                }
            }
        }
        thread.stackSize = 4 << 20
        thread.start()
    }
}
