import BrokerCore
import EventLog
import KafkaProtocol
import Testing

@testable import BrokerHost

/// What files look like after the process or the machine has ended within a write.
@Suite struct FileRecoveryTests {
    private let directory: TemporaryDirectory
    private let file = "logs/orders-0/00000000000000000000.log"
    private let batches = [placed(0, startsSegment: true), placed(2, text: "longer text"), placed(4)]

    init() throws { directory = try TemporaryDirectory() }

    private func storage(
        _ tolerance: FileStorage.Tolerance = .tornWrite, policy: SyncPolicy = .never
    ) throws -> FileStorage {
        try FileStorage(directory: directory.path + "/logs", policy: policy, tolerance: tolerance, logger: silent)
    }

    /// Opens the directory; returns the base offsets that were handed out.
    @discardableResult
    private func open(_ storage: FileStorage) throws -> [Int64] {
        var offsets: [Int64] = []
        try storage.open([first]) { batch, _, _ in
            offsets.append(batch.header.baseOffset)
            return true
        }
        return offsets
    }

    @Test func anyTornTailIsCutOff() throws {
        let whole = batches.flatMap(\.bytes)
        let lastStart = whole.count - batches[2].bytes.count
        for end in lastStart..<whole.count {
            try directory.write(Array(whole[..<end]), to: file)
            let storage = try storage()
            #expect(try open(storage) == [0, 2], "cut at \(end)")
            #expect(try directory.read(file).count == lastStart)
            try storage.append(batches[2], to: first)
            #expect(try directory.read(file) == whole)
        }
    }

    @Test func aLastBatchOfGarbageIsCutOff() throws {
        let whole = batches.flatMap(\.bytes)
        for position in stride(from: whole.count - batches[2].bytes.count, to: whole.count, by: 1) {
            var broken = whole
            broken[position] ^= 0x55
            try directory.write(broken, to: file)
            // Bytes that no checksum covers may differ, and the batch be whole; but no batch comes out of order.
            let offsets = try open(try storage())
            #expect(offsets.starts(with: [0, 2]) && offsets.count <= 3, "flipped at \(position)")
        }
        try directory.write(whole + [UInt8](repeating: 0, count: 5_000), to: file)
        #expect(try open(try storage()) == [0, 2, 4], "zeros where the size reached the device first")
    }

    @Test func corruptionInTheMiddleIsToldWithItsPlace() throws {
        var broken = batches.flatMap(\.bytes)
        let position = batches[0].bytes.count
        broken[position + 70] ^= 1
        try directory.write(broken, to: file)
        let error = #expect(throws: StorageError.self) { try open(try storage()) }
        #expect(error?.code == .corrupt)
        #expect(error?.detail.contains(file) == true && error?.detail.contains("position \(position)") == true)
        #expect(try directory.read(file) == broken, "nothing was touched")

        // After a loss of power that is how an end that was not synced can look.
        #expect(try open(try storage(.lostPower)) == [0])
        #expect(try directory.read(file) == batches[0].bytes)
    }

    @Test func corruptionInAnEarlierSegmentIsTold() throws {
        try directory.write(batches[0].bytes + batches[1].bytes.dropLast(3), to: file)
        try directory.write(batches[2].bytes, to: "logs/orders-0/00000000000000000004.log")
        #expect(throws: StorageError.self) { try open(try storage()) }
        #expect(try open(try storage(.lostPower)) == [0])
        #expect(try directory.names("logs/orders-0") == ["00000000000000000000.log"])
    }

    @Test func whatCompactionDidNotFinishIsRemoved() throws {
        try directory.write(batches.flatMap(\.bytes), to: file)
        try directory.write([1, 2, 3], to: file + ".compacting")
        try directory.write([1, 2, 3], to: "logs/orders-0/notes.txt")
        #expect(try open(try storage()) == [0, 2, 4])
        #expect(try directory.names("logs/orders-0") == ["00000000000000000000.log", "notes.txt"])
    }

    @Test func foldersOfStrangersStay() throws {
        try directory.write([1], to: "logs/README")
        try directory.write([1], to: "logs/orders-1.deleted/x")
        try directory.write([1], to: "logs/not a partition/x")
        try directory.write([1], to: "logs/orders-01/x")
        try open(try storage())
        #expect(try directory.names("logs") == ["README", "not a partition", "orders-0", "orders-01"])
    }

    /// The process may end between any two writes: whatever prefix of them is there, recovery finds it.
    @Test(arguments: 0..<6) func everyPrefixOfWritesIsRecovered(_ seed: Int) throws {
        var draws = Draws(seed: UInt64(seed))
        let storage = try storage()
        try open(storage)
        var written: [Int64] = []
        var offset: Int64 = 0
        for step in 0..<20 {
            let batch = placed(offset, count: 1 + draws.below(3), startsSegment: step == 0 || draws.below(5) == 0)
            try storage.append(batch, to: first)
            written.append(offset)
            offset = batch.lastOffset + 1
            try directory.copy("logs", to: "copy-\(step)")
            let copy = try FileStorage(directory: directory.path + "/copy-\(step)", policy: .never, logger: silent)
            var found: [Int64] = []
            try copy.open([first]) { batch, _, _ in
                found.append(batch.header.baseOffset)
                return true
            }
            #expect(found == written)
            #expect(try copy.read(first, 0..<offset) == storage.read(first, 0..<offset))
        }
    }

    @Test func descriptorsStayWithinTheirLimit() throws {
        let storage = try FileStorage(
            directory: directory.path + "/logs", policy: .always, openFileLimit: 3, logger: silent)
        let places = (0..<20).map { TopicPartition(topic: "wide", partition: $0) }
        try storage.open([]) { _, _, _ in true }
        for place in places { try storage.createLog(place) }
        for round in 0..<3 {
            for place in places { try storage.append(placed(Int64(round) * 2, startsSegment: round == 0), to: place) }
            #expect(storage.descriptors.openCount <= 3)
            try storage.sync()
        }
        for place in places {
            #expect(try storage.read(place, 0..<6) == [0, 2, 4].flatMap { placed($0).bytes })
            #expect(storage.descriptors.openCount <= 3)
        }
    }

    @Test func aFullDeviceIsTold() {
        let error = OpenFile.failure("write to", "x", 28)
        #expect(error.code == .full)
        #expect(throws: StorageError.self) {
            try OpenFile("/dev/full", .existing).write([1], at: 0)
        }
    }
}

@Suite struct StoredChecksumTests {
    @Test func itIsTheSameChecksum() {
        var draws = Draws(seed: 9)
        let bytes = (0..<1_000).map { _ in UInt8(draws.below(256)) }
        for start in 0..<20 {
            for end in [start, start + 1, start + 7, start + 8, start + 300, 1_000, 2_000] {
                #expect(StoredChecksum.crc32c(bytes, start..<end) == CRC32C.checksum(bytes, start..<end))
            }
        }
        #expect(StoredChecksum.crc32c([], 0..<0) == CRC32C.checksum([]))
    }
}
