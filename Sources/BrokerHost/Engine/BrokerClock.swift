internal import Foundation
internal import NIOCore

/// Wall-clock time that never jumps: read once, and counted on by the monotonic clock.
struct BrokerClock {
    private let start: Int64
    private let anchor = NIODeadline.now()

    init() { start = Int64(Date().timeIntervalSince1970 * 1000) }

    /// Milliseconds since 1970.
    var now: Int64 { start + (NIODeadline.now() - anchor).nanoseconds / 1_000_000 }
}
