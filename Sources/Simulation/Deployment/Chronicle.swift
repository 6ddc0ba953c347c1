internal import EventLog

/// What a run tells of itself: a number that stands for all that happened in it, and, when somebody is to read it, lines.
package final class Chronicle {
    /// The same for the same seed, or something in the run was not decided by the seed.
    package private(set) var fingerprint: UInt64 = 0xcbf2_9ce4_8422_2325
    /// What happened, in order; empty unless the run is traced.
    package private(set) var lines: [String] = []
    package let isTraced: Bool
    private let start: Int64

    /// - Parameter start: the virtual time that lines count from, in microseconds since 1970.
    init(isTraced: Bool, start: Int64) {
        self.isTraced = isTraced
        self.start = start
    }

    func mix(_ value: UInt64) {
        fingerprint = (fingerprint ^ value) &* 0x0000_0100_0000_01b3
        fingerprint ^= fingerprint >> 29
    }

    func mix(_ text: String) {
        for byte in text.utf8 { mix(UInt64(byte)) }
    }

    func mix(_ bytes: [UInt8]?) {
        guard let bytes else { return mix(0xffff) }
        mix(UInt64(bytes.count))
        for byte in bytes { fingerprint = (fingerprint ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    }

    func tell(_ time: Int64, _ who: @autoclosure () -> String, _ what: @autoclosure () -> String) {
        guard isTraced else { return }
        let elapsed = time - start
        let seconds = String(elapsed / 1_000_000)
        let fraction = String(1_000_000 + elapsed % 1_000_000).dropFirst()
        let stamp = String(repeating: " ", count: max(0, 5 - seconds.count)) + seconds + "." + fraction
        let name = who()
        lines.append(stamp + "  " + name + String(repeating: " ", count: max(1, 28 - name.count)) + what())
    }
}
