internal import EventLog
internal import Messages

/// The partitions that the group has given and that are not worked on yet, from the first question about them to the
/// last record that is folded. Decides what is to be done next, a piece at a time, and is told what came of it; it does
/// nothing of that itself, so that between two pieces the member can answer its group and serve its other partitions.
///
///     inquiry (committed offsets, then the ends of the logs) -> plan -> catch-up -> owned
///
/// What fails for a while is begun again with the inquiry, partition by partition, after a pause that grows: there is no
/// number of failures after which a take-over is given up.
struct TakeOver {
    /// What is to be done next.
    enum Move {
        /// Nothing before that time; nil for nothing at all.
        case wait(until: Timestamp?)
        case inquire(Inquiry)
        case beginCatchUp([TakeOverPlan])
        case catchUp(CatchUp)
    }

    private var inquiries: [Inquiry] = []
    private var plans: [TakeOverPlan] = []
    private(set) var catchUp: CatchUp?
    /// How many records the next read takes: as many as about a quarter of a second is enough for.
    private(set) var readSize: Int
    var report: TakeOverReport

    init(readSize: Int, now: Timestamp) {
        self.readSize = readSize
        report = TakeOverReport(began: now)
    }

    var isEmpty: Bool { inquiries.isEmpty && plans.isEmpty && catchUp == nil }

    var partitions: [Int32] {
        (inquiries.flatMap(\.partitions) + plans.map(\.partition) + (catchUp?.plans.map(\.partition) ?? [])).sorted()
    }

    /// Takes partitions in hand.
    mutating func add(_ places: [TopicPartition], due: Timestamp) {
        if places.isEmpty { return }
        if isEmpty { report = TakeOverReport(began: due) }
        inquiries.append(Inquiry(places, due: due))
    }

    /// Partitions are folded together as long as there is little to fold, the shortest way first: those that can soon be
    /// served do not wait for those that can't.
    func move(_ now: Timestamp) -> Move {
        if let inquiry = inquiries.first(where: { $0.due <= now }) { return .inquire(inquiry) }
        if let catchUp { return .catchUp(catchUp) }
        let sorted = plans.sorted { ($0.left, $0.partition) < ($1.left, $1.partition) }
        guard let first = sorted.first else { return .wait(until: inquiries.map(\.due).min()) }
        var chosen = [first]
        var sum = first.left
        for plan in sorted.dropFirst() where sum + plan.left <= Self.littleToFold {
            sum += plan.left
            chosen.append(plan)
        }
        return .beginCatchUp(chosen)
    }

    /// So many records are folded in about a second.
    private static let littleToFold: Int64 = 20_000

    // MARK: What came of it

    mutating func answered(_ inquiry: Inquiry) {
        guard let index = inquiries.firstIndex(where: { $0.partitions == inquiry.partitions }) else { return }
        inquiries[index] = inquiry
    }

    mutating func planned(_ inquiry: Inquiry, _ made: [TakeOverPlan]) {
        inquiries.removeAll { $0.partitions == inquiry.partitions }
        plans += made
    }

    /// The inquiry is begun again, for each partition by itself: one that can't be answered must not hold up the others.
    mutating func failed(_ inquiry: Inquiry, _ now: Timestamp) {
        inquiries.removeAll { $0.partitions == inquiry.partitions }
        inquiries += inquiry.again(now)
    }

    mutating func began(_ catchUp: CatchUp) {
        let chosen = Set(catchUp.plans.map(\.partition))
        plans.removeAll { chosen.contains($0.partition) }
        self.catchUp = catchUp
    }

    mutating func advanced(_ catchUp: CatchUp) { self.catchUp = catchUp }

    mutating func readerTaken() { catchUp?.readerTaken() }

    /// Fits the next read to what the last one took.
    mutating func fitReads(_ count: Int, took: Duration, most: Int) {
        if took > Self.pieceTime {
            readSize = max(1, min(readSize, count) / 2)
        } else if count == readSize, took < Self.pieceTime / 2 {
            readSize = min(readSize * 2, most)
        }
    }

    /// How long one piece of work may keep a member from its group and from its other partitions.
    private static let pieceTime = Duration.milliseconds(250)

    /// - Returns: what is caught up.
    mutating func finished() -> [TakeOverPlan] {
        defer { catchUp = nil }
        return catchUp?.plans ?? []
    }

    mutating func failedToCatchUp(_ now: Timestamp) {
        guard let catchUp else { return }
        self.catchUp = nil
        inquiries += catchUp.plans.map { Inquiry($0.next.keys.sorted(), due: now, attempt: $0.attempt).later(now) }
    }
}

/// What is asked about partitions before they are taken over, answer by answer.
///
/// The order matters. The group's offsets come first: the answer waits until pending transactions are decided, and from
/// then on no older owner can commit anything. Only then the ends of the logs: high watermarks, because a last stable
/// offset may still wait behind someone's open transaction. Of the topics that the state is folded from, those that are
/// folded last are asked first: what is written first is folded first (events, then the outcomes that tell of them), and
/// others may write meanwhile. An outcome whose event is not known yet would be taken for void, and passed over for good.
struct Inquiry {
    /// The inputs of these partitions.
    let places: [TopicPartition]
    let partitions: [Int32]
    private(set) var due: Timestamp
    private(set) var attempt: Int
    var committed: [TopicPartition: GroupOffset]?
    var marks: [TopicPartition: Watermarks] = [:]
    /// How many of the topics have been asked for.
    var topicsAsked = 0
    /// Whether the group's output has any record. Nil when that was not asked.
    var hasWorked: Bool?

    init(_ places: [TopicPartition], due: Timestamp, attempt: Int = 0) {
        self.places = places.sorted()
        partitions = Set(places.map(\.partition)).sorted()
        self.due = due
        self.attempt = attempt
    }

    func again(_ now: Timestamp) -> [Inquiry] {
        partitions.map { partition in
            Inquiry(places.filter { $0.partition == partition }, due: now, attempt: attempt).later(now)
        }
    }

    func later(_ now: Timestamp) -> Inquiry {
        var inquiry = self
        inquiry.due = now.advanced(by: .milliseconds(min(100 << min(attempt, 6), 5_000)))
        inquiry.attempt += 1
        return inquiry
    }
}
