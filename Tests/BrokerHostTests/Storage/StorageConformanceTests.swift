import EventLog
import KafkaProtocol
import Testing

@testable import BrokerCore
@testable import BrokerHost

/// What any storage does. Both kinds pass.
@Suite struct StorageConformanceTests {
    enum Kind: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case memory, file

        var testDescription: String { rawValue }

        /// A storage, opened, with empty logs.
        func make(in directory: TemporaryDirectory, openFileLimit: Int = 4) throws -> any LogStorage {
            let storage: any LogStorage
            switch self {
            case .memory: storage = MemoryStorage()
            case .file:
                storage = try FileStorage(
                    directory: directory.path, policy: .always, openFileLimit: openFileLimit, logger: silent)
            }
            try storage.open([]) { _, _, _ in true }
            try storage.createLog(first)
            try storage.createLog(second)
            return storage
        }
    }

    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test(arguments: Kind.allCases)
    func whatIsAppendedIsRead(_ kind: Kind) throws {
        let storage = try kind.make(in: directory)
        let batches = [placed(0, startsSegment: true), placed(2), placed(4, count: 3, startsSegment: true), placed(7)]
        for batch in batches { try storage.append(batch, to: first) }
        try storage.sync()
        #expect(try storage.read(first, 0..<9) == batches.flatMap(\.bytes))
        #expect(try storage.read(first, 2..<7) == batches[1].bytes + batches[2].bytes)
        #expect(try storage.read(first, 9..<20) == [])
        #expect(try storage.read(second, 0..<9) == [])
        #expect(try storage.batch(first, at: 4) == batches[2].bytes)
        #expect(try storage.batch(first, at: 5) == nil)
        #expect(try storage.batch(first, at: 9) == nil)
    }

    @Test(arguments: Kind.allCases)
    func deletedBatchesAreGone(_ kind: Kind) throws {
        let storage = try kind.make(in: directory)
        let batches = (0..<6).map { placed(Int64($0) * 2, startsSegment: $0 % 2 == 0) }
        for batch in batches { try storage.append(batch, to: first) }
        try storage.deleteBatches(first, below: 6)
        #expect(try storage.read(first, 0..<12) == batches[3...].flatMap(\.bytes))
        #expect(try storage.batch(first, at: 4) == nil)
        try storage.deleteBatches(first, below: 100)
        #expect(try storage.read(first, 0..<12) == [])
        let next = placed(12, startsSegment: true)
        try storage.append(next, to: first)
        #expect(try storage.read(first, 0..<14) == next.bytes)
    }

    @Test(arguments: Kind.allCases)
    func logsComeAndGo(_ kind: Kind) throws {
        let storage = try kind.make(in: directory)
        try storage.append(placed(0, startsSegment: true), to: first)
        try storage.deleteLog(first)
        #expect(throws: StorageError.self) { try storage.append(placed(0, startsSegment: true), to: first) }
        #expect(throws: StorageError.self) { try storage.read(first, 0..<1) }
        try storage.createLog(first)
        #expect(try storage.read(first, 0..<10) == [])
        try storage.append(placed(0, text: "anew", startsSegment: true), to: first)
        // Made twice is made once.
        try storage.createLog(first)
        #expect(try storage.read(first, 0..<10) == placed(0, text: "anew").bytes)
    }

    @Test(arguments: Kind.allCases)
    func openingHandsOutEveryBatch(_ kind: Kind) throws {
        let storage = try kind.make(in: directory)
        for number in 0..<6 {
            try storage.append(placed(Int64(number) * 2, startsSegment: number % 3 == 0), to: first)
            try storage.append(placed(Int64(number) * 2, text: "other", startsSegment: number == 0), to: second)
        }
        let again: any LogStorage =
            switch kind {
            case .memory: storage
            case .file: try FileStorage(directory: directory.path, policy: .interval, logger: silent)
            }
        var seen: [TopicPartition: [(Int64, Bool)]] = [:]
        try again.open([first, second]) { batch, place, startsSegment in
            seen[place, default: []].append((batch.header.baseOffset, startsSegment))
            // The first two of one log are below its start.
            return place == second || batch.header.baseOffset >= 4
        }
        #expect(seen[first]?.map(\.0) == [0, 2, 4, 6, 8, 10])
        // Whoever is taken first begins the segment.
        #expect(seen[first]?.map(\.1) == [true, true, true, true, false, false])
        #expect(seen[second]?.map(\.1) == [true, false, false, false, false, false])
        #expect(try again.read(first, 0..<12) == [4, 6, 8, 10].flatMap { placed($0).bytes })
        let next = placed(12)
        try again.append(next, to: first)
        #expect(try again.read(first, 10..<14) == placed(10).bytes + next.bytes)
    }

    @Test(arguments: Kind.allCases)
    func logsThatNobodyKnowsAreRemoved(_ kind: Kind) throws {
        let storage = try kind.make(in: directory)
        try storage.append(placed(0, startsSegment: true), to: first)
        try storage.append(placed(0, startsSegment: true), to: second)
        let again: any LogStorage =
            kind == .memory ? storage : try FileStorage(directory: directory.path, policy: .never, logger: silent)
        try again.open([second]) { _, _, _ in true }
        #expect(throws: StorageError.self) { try again.read(first, 0..<1) }
        #expect(try again.read(second, 0..<2) == placed(0).bytes)
        if kind == .file { #expect(try directory.names("") == ["with-dash.and_more-11"]) }
    }

    @Test(arguments: Kind.allCases)
    func compactionReplacesAndRemoves(_ kind: Kind) throws {
        let storage = try kind.make(in: directory)
        for number in 0..<8 { try storage.append(placed(Int64(number) * 2, startsSegment: number % 2 == 0), to: first) }
        let snapshot = try storage.snapshot(first)
        #expect(try snapshot.batch(at: 2) == placed(2).bytes)
        #expect(try snapshot.batch(at: 3) == nil)
        let smaller = RecordBatchWriter.batch([BatchRecord(offset: 2, timestamp: 5, key: [1], value: [2])])
        // The second segment loses all of its batches, and the first one its first.
        let result = CompactionResult(
            changes: [
                .init(baseOffset: 0, fate: .remove), .init(baseOffset: 2, fate: .replace(smaller)),
                .init(baseOffset: 4, fate: .remove), .init(baseOffset: 6, fate: .remove),
            ], endOffset: 12)
        let rewrite = try snapshot.rewrite(result)
        // Nothing is seen of it yet, and the log goes on.
        #expect(try storage.read(first, 0..<4) == placed(0).bytes + placed(2).bytes)
        try storage.append(placed(16), to: first)
        #expect(try storage.install(rewrite))
        #expect(try storage.read(first, 0..<12) == smaller + placed(8).bytes + placed(10).bytes)
        #expect(try storage.read(first, 12..<18) == [12, 14, 16].flatMap { placed($0).bytes })
        try storage.append(placed(18, startsSegment: true), to: first)
        #expect(try storage.batch(first, at: 18) == placed(18).bytes)
        if kind == .file { #expect(try directory.names("orders-0").allSatisfy { $0.hasSuffix(".log") }) }
    }

    @Test(arguments: Kind.allCases)
    func whatWentDuringCompactionStaysGone(_ kind: Kind) throws {
        let storage = try kind.make(in: directory)
        for number in 0..<6 { try storage.append(placed(Int64(number) * 2, startsSegment: number % 3 == 0), to: first) }
        let rewrite = try storage.snapshot(first)
            .rewrite(CompactionResult(changes: [.init(baseOffset: 4, fate: .remove)], endOffset: 6))
        try storage.deleteBatches(first, below: 2)
        #expect(try storage.install(rewrite))
        #expect(try storage.read(first, 0..<12) == [2, 6, 8, 10].flatMap { placed($0).bytes })

        let late = try storage.snapshot(first)
            .rewrite(CompactionResult(changes: [.init(baseOffset: 2, fate: .remove)], endOffset: 6))
        try storage.deleteLog(first)
        try storage.createLog(first)
        try storage.append(placed(0, text: "anew", startsSegment: true), to: first)
        #expect(try !storage.install(late), "that was another log")
        #expect(try storage.read(first, 0..<12) == placed(0, text: "anew").bytes)
    }

    /// Against the simplest thing that could be right: a list.
    @Test(arguments: Kind.allCases, 0..<8)
    func randomUseIsLikeAList(_ kind: Kind, _ seed: Int) throws {
        let storage = try kind.make(in: directory, openFileLimit: 2)
        var draws = Draws(seed: UInt64(seed))
        var model: [TopicPartition: [AppendAction]] = [first: [], second: []]
        var ends: [TopicPartition: Int64] = [first: 0, second: 0]
        for _ in 0..<300 {
            let place = draws.below(2) == 0 ? first : second
            let end = ends[place] ?? 0
            switch draws.below(10) {
            case 0:
                let below = Int64(draws.below(Int(end) + 2))
                model[place]?.removeAll { $0.baseOffset < below }
                try storage.deleteBatches(place, below: below)
            case 1..<6:
                let startsSegment = draws.below(4) == 0 || model[place]?.isEmpty != false
                let batch = placed(end + Int64(draws.below(2)), count: 1 + draws.below(3), startsSegment: startsSegment)
                model[place]?.append(batch)
                ends[place] = batch.lastOffset + 1
                try storage.append(batch, to: place)
            default:
                let from = Int64(draws.below(Int(end) + 1))
                let to = from + Int64(draws.below(20))
                let expected = (model[place] ?? []).filter { (from..<to).contains($0.baseOffset) }.flatMap(\.bytes)
                #expect(try storage.read(place, from..<to) == expected)
            }
        }
    }
}
