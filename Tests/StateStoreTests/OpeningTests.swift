import Foundation
import Processing
import StateStore
import Testing

struct OpeningTests {
    let directory: TemporaryDirectory
    var path: String { directory.path + "/state.sqlite" }

    init() throws { directory = try TemporaryDirectory() }

    private func fill(as owner: StoreIdentity = identity(), tables: [StateTable] = [customers, outcomes]) throws {
        let store = try openStore(directory, tables: tables, as: owner)
        try store.commit([batch(0, (0..<200).map { put(customers, [UInt8($0)], [1, 2, 3]) }, positions: ["a": 9])])
        store.close()
    }

    private func position(as owner: StoreIdentity = identity()) throws -> (Int64?, [String]) {
        let store = try openStore(directory, as: owner)
        defer { store.close() }
        return try (store.positions(partition: 0)["a"], store.notices)
    }

    @Test func reopeningKeepsEverything() throws {
        try fill()
        let store = try openStore(directory)
        #expect(try store.positions(partition: 0) == ["a": 9])
        #expect(try store.value(table: customers, partition: 0, key: [199]) == [1, 2, 3])
        #expect(store.notices.isEmpty)
    }

    private func ownerID() throws -> String {
        let store = try openStore(directory)
        defer { store.close() }
        return store.ownerID
    }

    @Test func theOwnerKeepsItsNameForAsLongAsItsStateLives() throws {
        let name = try ownerID()
        #expect(UUID(uuidString: name) != nil)
        #expect(try ownerID() == name)
        // A copy has it as well, and so has a state that is begun anew.
        let copy = try TemporaryDirectory()
        try FileManager.default.copyItem(atPath: directory.path, toPath: copy.path)
        let twin = try openStore(copy)
        #expect(twin.ownerID == name)
        twin.close()
        try FileManager.default.removeItem(atPath: path)
        #expect(try ownerID() == name)
        // Another state has another one.
        let other = try openStore(try TemporaryDirectory())
        #expect(other.ownerID != name)
        other.close()
    }

    @Test func whoWasFencedTakesAnotherName() throws {
        let store = try openStore(directory)
        let name = store.ownerID
        try store.renewOwner()
        #expect(store.ownerID == name)
        store.close()
        let next = try ownerID()
        #expect(next != name)
        #expect(try ownerID() == next)
    }

    @Test(arguments: ["", "\u{0}", "command-1"]) func aNameThatCanNotBeReadIsMadeAnew(text: String) throws {
        let name = try ownerID()
        try Data(text.utf8).write(to: URL(fileURLWithPath: directory.path + "/state.id"))
        let next = try ownerID()
        #expect(next != name)
        #expect(try ownerID() == next)
    }

    @Test func theDirectoryIsForItsOwnerAlone() throws {
        try fill()
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.path)
        #expect(attributes[.posixPermissions] as? NSNumber == 0o700)
    }

    @Test(arguments: [
        (identity(service: "projection-service"), ["command-service", "projection-service"]),
        (identity(prefix: "blue-"), ["''", "'blue-'"]),
        (identity(partitions: 6), ["'12'", "'6'"]),
    ])
    func anotherDeploymentsFileIsRefusedAndKept(stranger: StoreIdentity, told: [String]) throws {
        try fill(as: identity(cluster: "c1"))
        var stranger = stranger
        stranger.clusterID = "c2"
        stranger.formatVersion = 7
        let before = try directory.fileNames()
        let error = #expect(throws: StateStoreError.self) { try openStore(directory, as: stranger) }
        #expect(error?.code == .foreign)
        for word in told { #expect(error?.detail.contains(word) == true, "\(word) is not told") }
        #expect(try directory.fileNames() == before)
        #expect(try position(as: identity(cluster: "c1")) == (9, []))
    }

    @Test func anotherClustersStateIsMovedAside() throws {
        try fill(as: identity(cluster: "c1"))
        let (position, notices) = try position(as: identity(cluster: "c2"))
        #expect(position == nil)
        #expect(notices.count == 1)
        #expect(notices.first?.contains("'c1'") == true && notices.first?.contains("'c2'") == true)
        #expect(try directory.fileNames().contains("state.sqlite.other-cluster-1"))
        _ = try self.position(as: identity(cluster: "c3"))
        #expect(try directory.fileNames().contains("state.sqlite.other-cluster-2"))
    }

    @Test func anUnknownClusterFitsAndIsLearnt() throws {
        try fill(as: identity(cluster: nil))
        #expect(try position(as: identity(cluster: "c1")) == (9, []))
        #expect(try position(as: identity(cluster: nil)) == (9, []))
        #expect(try position(as: identity(cluster: "c2")).0 == nil)
    }

    @Test func anotherFormatBeginsAnew() throws {
        try fill()
        let (position, notices) = try position(as: identity(format: 2))
        #expect(position == nil)
        #expect(notices.count == 1)
        #expect(try directory.fileNames().contains("state.sqlite.other-schema-1"))
    }

    @Test func aTableThatIsNewBeginsAllAnew() throws {
        try fill(tables: [customers])
        let (position, notices) = try position()
        #expect(position == nil)
        #expect(notices.count == 1)
    }

    enum Damage: String, CaseIterable, Sendable {
        case garbage, shortGarbage, truncatedHalf, truncatedToHeader, truncatedToBytes
        case headerOverwritten, pagesOverwritten
    }

    @Test(arguments: Damage.allCases)
    func aDamagedFileIsMovedAside(damage: Damage) throws {
        try fill()
        let original = try Data(contentsOf: URL(fileURLWithPath: path))
        var damaged = original
        switch damage {
        case .garbage: damaged = Data((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        case .shortGarbage: damaged = Data("not a database".utf8)
        case .truncatedHalf: damaged = original.prefix(original.count / 2)
        case .truncatedToHeader: damaged = original.prefix(100)
        case .truncatedToBytes: damaged = original.prefix(17)
        case .headerOverwritten: damaged.replaceSubrange(0..<100, with: Data(repeating: 0xAA, count: 100))
        case .pagesOverwritten:
            damaged.replaceSubrange(4096..<damaged.count, with: Data(repeating: 0x55, count: damaged.count - 4096))
        }
        try damaged.write(to: URL(fileURLWithPath: path))
        let (position, notices) = try position()
        #expect(position == nil)
        #expect(notices.count == 1)
        #expect(try directory.fileNames().contains("state.sqlite.corrupt-1"))
        let aside = try Data(contentsOf: URL(fileURLWithPath: path + ".corrupt-1"))
        #expect(aside == damaged)
        #expect(try self.position().1.isEmpty)
    }

    @Test func anEmptyFileIsTakenAsNew() throws {
        try fill()
        try Data().write(to: URL(fileURLWithPath: path))
        #expect(try position() == (nil, []))
    }

    /// The first page of each table is sound, so that opening finds nothing; a page further in is not.
    @Test func damageThatIsMetLaterIsReportedAndCuredByTheNextStart() throws {
        let store = try openStore(directory)
        let value = [UInt8](repeating: 0x41, count: 500)
        let changes = (0..<2_000).map { put(customers, [UInt8($0 >> 8), UInt8($0 & 255)], value) }
        try store.commit([batch(0, changes, positions: ["a": 9])])
        store.close()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let middle = bytes.count / 4096 / 2 * 4096
        let hole = middle..<(bytes.count - 4096)
        bytes.replaceSubrange(hole, with: Data(repeating: 0x55, count: hole.count))
        try bytes.write(to: URL(fileURLWithPath: path))

        let damaged = try openStore(directory)
        #expect(damaged.notices.isEmpty)
        let error = #expect(throws: StateStoreError.self) {
            _ = try damaged.entries(table: customers, partition: 0, through: [255], limit: 5_000)
        }
        #expect(error?.code == .io)
        #expect(error?.detail.contains("damaged") == true)
        damaged.close()
        let (position, notices) = try position()
        #expect(position == nil)
        #expect(notices.count == 1)
        #expect(try self.position().1.isEmpty)
    }

    @Test func aSecondInstanceIsLockedOut() throws {
        let store = try openStore(directory)
        try store.commit([batch(0, [], positions: ["a": 9])])
        let error = #expect(throws: StateStoreError.self) { try openStore(directory) }
        #expect(error?.code == .locked)
        #expect(error?.detail.contains(directory.path) == true)
        #expect(error?.detail.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
        #expect(try store.positions(partition: 0) == ["a": 9])
        store.close()
        #expect(try position() == (9, []))
    }

    @Test func aRefusedOpeningGivesTheLockBack() throws {
        try fill()
        #expect(throws: StateStoreError.self) { try openStore(directory, as: identity(prefix: "blue-")) }
        #expect(try position().0 == 9)
    }

    /// A process that was killed leaves the write-ahead log behind: a copy of the files is what it looks like.
    @Test func whatOnlyTheWriteAheadLogHoldsIsKept() throws {
        let store = try openStore(directory)
        try store.commit([batch(0, [put(customers, [1], [1])], positions: ["a": 9])])
        let copy = try TemporaryDirectory()
        try FileManager.default.copyItem(atPath: directory.path, toPath: copy.path)
        let reopened = try openStore(copy)
        #expect(try reopened.positions(partition: 0) == ["a": 9])
        #expect(try reopened.value(table: customers, partition: 0, key: [1]) == [1])
    }
}
