/// The order in which a plan's commands go out, with an exact share of them sent a second time.
///
/// A repeat has the id and the content of the first sending, so it is the same command and no registration of its own.
/// It follows the first at once or after up to ``greatestLag`` other commands, as retries of a client do. The schedule
/// is made while it is walked through.
public struct SendSchedule: Sequence, Sendable {
    /// One sending of a command.
    public struct Sending: Hashable, Sendable {
        /// The registration's place in the plan.
        public var index: Int
        /// Whether the same command was sent before.
        public var isRepeat: Bool

        public init(index: Int, isRepeat: Bool) {
            self.index = index
            self.isRepeat = isRepeat
        }
    }

    /// How many first sendings may come between a command and its repeat.
    public static let greatestLag = 200

    /// How many commands are sent for the first time.
    public let commands: Int
    /// How many are sent once more.
    public let repeats: Int
    private let seed: UInt64

    /// - Parameters:
    ///   - commands: how many commands the plan has; from 0.
    ///   - resendRatio: the share of them that is sent twice, from 0 to 1; the number is rounded.
    ///   - seed: which ones, and when.
    /// - Throws: ``PlanError`` if a number is out of range.
    public init(commands: Int, resendRatio: Double, seed: UInt64) throws(PlanError) {
        guard (0...PlanError.greatestCount).contains(commands) else { throw .countOutOfRange(commands) }
        guard resendRatio >= 0, resendRatio <= 1 else {
            throw .ratioOutOfRange(name: "resend ratio", value: resendRatio)
        }
        self.commands = commands
        self.seed = seed
        repeats = Int((Double(commands) * resendRatio).rounded())
    }

    public func makeIterator() -> Iterator {
        Iterator(commands: commands, repeats: repeats, seed: seed)
    }

    public struct Iterator: IteratorProtocol, Sendable {
        private let commands: Int
        private var repeatsToChoose: Int
        private var index = 0
        /// The repeats that are due behind each of the next first sendings: a ring, by place modulo its size.
        private var due: [[Int]]
        private var ready: [Int] = []
        private var generator: SeededGenerator

        init(commands: Int, repeats: Int, seed: UInt64) {
            self.commands = commands
            repeatsToChoose = repeats
            due = Array(repeating: [], count: SendSchedule.greatestLag + 1)
            generator = SeededGenerator(seed: seed ^ 0x7265_7365_6E64)
        }

        public mutating func next() -> Sending? {
            if let again = ready.popLast() { return Sending(index: again, isRepeat: true) }
            guard index < commands else {
                ready = due.flatMap { $0 }.sorted(by: >)
                due = []
                return ready.popLast().map { Sending(index: $0, isRepeat: true) }
            }
            // Each command is chosen with the share that still has to be chosen of those that are left: the total is
            // exact, and every choice equally likely.
            if generator.chance(repeatsToChoose, of: commands - index) {
                repeatsToChoose -= 1
                let lag = generator.chance(1, of: 4) ? 0 : generator.below(due.count)
                due[(index + lag) % due.count].append(index)
            }
            let slot = index % due.count
            ready = due[slot].reversed()
            due[slot] = []
            defer { index += 1 }
            return Sending(index: index, isRepeat: false)
        }
    }
}
