import Foundation
import Synchronization

/// Something that is done once, on a thread of its own, because the broker may be away.
final class Errand: Sendable {
    private let outcome = Mutex<Result<String, any Error>?>(nil)

    /// - Parameter body: tells what it did.
    init(_ body: @escaping @Sendable () throws -> String) {
        let thread = Thread { [self] in
            let result = Result { try body() }
            outcome.withLock { $0 = result }
        }
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Nil while it is under way.
    var result: Result<String, any Error>? { outcome.withLock { $0 } }
}
