import KafkaProtocol
import Testing

@testable import BrokerHost

@Suite struct JournalTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func open(_ tolerance: FileStorage.Tolerance = .tornWrite) throws -> (JournalFile, [[UInt8]]) {
        var entries: [[UInt8]] = []
        let journal = try JournalFile(path: directory.path + "/journal", tolerance: tolerance, logger: silent) {
            entries.append($0)
        }
        return (journal, entries)
    }

    private static let entries: [[UInt8]] = [[1], [2, 3], Array(repeating: 7, count: 300), [9, 9]]

    private func fill() throws -> JournalFile {
        let (journal, _) = try open()
        for entry in Self.entries { journal.append(entry) }
        try journal.flush()
        try journal.sync()
        return journal
    }

    @Test func entriesComeBackInOrder() throws {
        let clusterID = try fill().clusterID
        let (journal, entries) = try open()
        #expect(entries == Self.entries)
        #expect(journal.clusterID == clusterID && clusterID.utf8.count == 22)
        journal.append([4])
        try journal.flush()
        #expect(try open().1 == Self.entries + [[4]])
    }

    @Test func whatIsNotFlushedIsNotThere() throws {
        let journal = try fill()
        journal.append([5])
        #expect(try open().1 == Self.entries)
    }

    @Test func anyTornTailIsCutOff() throws {
        _ = try fill()
        let whole = try directory.read("journal")
        let lastStart = whole.count - 8 - 2
        for end in lastStart..<whole.count {
            try directory.write(Array(whole[..<end]), to: "journal")
            let (journal, entries) = try open()
            #expect(entries == Self.entries.dropLast())
            #expect(journal.size == lastStart)
            journal.append([9, 9])
            try journal.flush()
            #expect(try directory.read("journal") == whole)
        }
    }

    @Test func corruptionInTheMiddleIsTold() throws {
        _ = try fill()
        let whole = try directory.read("journal")
        for position in stride(from: 32, to: whole.count - 10, by: 1) {
            var broken = whole
            broken[position] ^= 0x10
            try directory.write(broken, to: "journal")
            let error = #expect(throws: StorageError.self, "flipped at \(position)") { try open() }
            #expect(error?.code == .corrupt)
        }
        var broken = whole
        broken[33] ^= 1
        try directory.write(broken, to: "journal")
        #expect(try open(.lostPower).1 == [])
    }

    @Test func rewritingReplacesEverything() throws {
        let journal = try fill()
        let clusterID = journal.clusterID
        try journal.rewrite([[1, 1], [2, 2]])
        journal.append([3, 3])
        try journal.flush()
        let (again, entries) = try open()
        #expect(entries == [[1, 1], [2, 2], [3, 3]])
        #expect(again.clusterID == clusterID)
        // One that was cut short is not looked at.
        try directory.write([1, 2, 3], to: "journal.new")
        #expect(try open().1.count == 3)
        #expect(try directory.names("") == ["journal"])
    }

    @Test func aNewerFormatIsRefused() throws {
        _ = try fill()
        var bytes = try directory.read("journal")
        bytes[11] = UInt8(JournalFile.formatVersion + 1)
        try directory.write(bytes, to: "journal")
        #expect(#expect(throws: StorageError.self) { try open() }?.code == .newerFormat)
        try directory.write(Array("not a journal".utf8), to: "journal")
        #expect(#expect(throws: StorageError.self) { try open() }?.code == .corrupt)
    }

    @Test func twoBrokersNeverShareADirectory() throws {
        let path = directory.path + "/data"
        let held = try DataDirectory(path: path, policy: .interval)
        #expect(
            #expect(throws: StorageError.self) { try DataDirectory(path: path, policy: .interval) }?.code == .locked)
        held.release(isClean: true)
        try DataDirectory(path: path, policy: .interval).release(isClean: false)
    }

    @Test func aLossOfPowerIsToldFromTheEndOfAProcess() throws {
        let path = directory.path + "/data"
        try DataDirectory(path: path, policy: .interval).release(isClean: false)
        let sameBoot = try DataDirectory(path: path, policy: .interval)
        #expect(sameBoot.tolerance == .tornWrite)
        sameBoot.release(isClean: false)
        for (policy, expected) in [("interval", FileStorage.Tolerance.lostPower), ("always", .tornWrite)] {
            try directory.write(Array("1\nanother-boot\n\(policy)\n".utf8), to: "data/lock")
            let afterBoot = try DataDirectory(path: path, policy: .interval)
            #expect(afterBoot.tolerance == expected)
            afterBoot.release(isClean: true)
        }
    }

    @Test func clusterIDsAreBase64() {
        #expect(WireUUID(high: 0, low: 0).base64URL == "AAAAAAAAAAAAAAAAAAAAAA")
        #expect(WireUUID(high: .max, low: .max).base64URL == "_____________________w")
        #expect(WireUUID(high: 0x0001_0203_0405_0607, low: 0x0809_0A0B_0C0D_0E0F).base64URL == "AAECAwQFBgcICQoLDA0ODw")
    }
}
