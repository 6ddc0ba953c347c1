import Foundation
import Processing
import StateStore
import Testing

struct SQLiteStateStoreTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test func whatIsCommittedIsRead() throws {
        let store = try openStore(directory)
        #expect(try store.positions(partition: 3).isEmpty)
        #expect(try store.value(table: customers, partition: 3, key: [1]) == nil)
        try store.commit([batch(3, [put(customers, [1], [10, 0, 255]), put(outcomes, [1], [7])], positions: ["a": 5])])
        #expect(try store.value(table: customers, partition: 3, key: [1]) == [10, 0, 255])
        #expect(try store.value(table: outcomes, partition: 3, key: [1]) == [7])
        #expect(try store.value(table: customers, partition: 4, key: [1]) == nil)
        #expect(try store.positions(partition: 3) == ["a": 5])
        #expect(try store.positions(partition: 4).isEmpty)
        #expect(store.notices.isEmpty)
    }

    @Test func emptyKeysAndValuesAreKeysAndValues() throws {
        let store = try openStore(directory)
        try store.commit([batch(0, [put(customers, [], []), put(customers, [0], [1])])])
        #expect(try store.value(table: customers, partition: 0, key: []) == [])
        let entries = try store.entries(table: customers, partition: 0, through: [], limit: 9)
        #expect(entries.map(\.key) == [[]])
        try store.commit([batch(0, [put(customers, [], nil)])])
        #expect(try store.value(table: customers, partition: 0, key: []) == nil)
        #expect(try store.value(table: customers, partition: 0, key: [0]) == [1])
    }

    @Test func theLastChangeOfAKeyCounts() throws {
        let store = try openStore(directory)
        try store.commit([
            batch(0, [put(customers, [1], [1]), put(customers, [1], nil), put(customers, [1], [3])]),
            batch(1, [put(customers, [1], [9])], positions: ["a": 1]),
            batch(0, [put(customers, [2], [1])], positions: ["a": 1]),
            batch(0, [put(customers, [2], nil)], positions: ["a": 2]),
        ])
        #expect(try store.value(table: customers, partition: 0, key: [1]) == [3])
        #expect(try store.value(table: customers, partition: 0, key: [2]) == nil)
        #expect(try store.value(table: customers, partition: 1, key: [1]) == [9])
        #expect(try store.positions(partition: 0) == ["a": 2])
    }

    @Test func aRefusedCommitLeavesNothingBehind() throws {
        let store = try openStore(directory)
        try store.commit([batch(0, [put(customers, [1], [1])], positions: ["a": 1])])
        #expect(throws: StateStoreError.self) {
            try store.commit([
                batch(0, [put(customers, [1], [2]), put(StateTable("unheard_of"), [1], [2])], positions: ["a": 2])
            ])
        }
        #expect(try store.value(table: customers, partition: 0, key: [1]) == [1])
        #expect(try store.positions(partition: 0) == ["a": 1])
    }

    @Test func entriesComeInTheOrderOfTheirBytes() throws {
        let store = try openStore(directory)
        let keys: [[UInt8]] = [[0x80], [0x7f, 0xff], [0xff], [0x7f], [0, 0], [0], [0x7f, 0]]
        try store.commit([batch(2, keys.map { put(customers, $0, $0) }), batch(1, [put(customers, [1], [1])])])
        let through = try store.entries(table: customers, partition: 2, through: [0x80], limit: 100)
        #expect(through.map(\.key) == [[0], [0, 0], [0x7f], [0x7f, 0], [0x7f, 0xff], [0x80]])
        #expect(through.map(\.value) == through.map(\.key))
        let limited = try store.entries(table: customers, partition: 2, through: [0xff], limit: 2)
        #expect(limited.map(\.key) == [[0], [0, 0]])
        #expect(try store.entries(table: customers, partition: 2, through: [0xff], limit: 0).isEmpty)
        #expect(try store.entries(table: customers, partition: 2, through: [], limit: 5).isEmpty)
    }

    @Test func wipingForgetsOnePartition() throws {
        let store = try openStore(directory)
        for partition in Int32(0)..<3 {
            let changes = [put(customers, [1], [1]), put(outcomes, [2], [2])]
            try store.commit([batch(partition, changes, positions: ["a": 1, "b": 2])])
        }
        #expect(try store.wipe(partition: 1, rows: 100))
        #expect(try store.positions(partition: 1).isEmpty)
        #expect(try store.value(table: customers, partition: 1, key: [1]) == nil)
        #expect(try store.value(table: outcomes, partition: 1, key: [2]) == nil)
        for partition in [Int32(0), 2] {
            #expect(try store.positions(partition: partition) == ["a": 1, "b": 2])
            #expect(try store.value(table: outcomes, partition: partition, key: [2]) == [2])
        }
    }

    @Test func closingTwiceIsHarmlessAndUseAfterwardsIsAnError() throws {
        let store = try openStore(directory)
        store.close()
        store.close()
        let error = #expect(throws: StateStoreError.self) { try store.positions(partition: 0) }
        #expect(error?.code == .io)
        #expect(error?.detail.contains("closed") == true)
    }

    @Test(arguments: ["", "Customers", "a-b", "x; DROP TABLE meta", "é"])
    func namesThatCannotBeTablesAreRefused(name: String) throws {
        let error = #expect(throws: StateStoreError.self) { try openStore(directory, tables: [StateTable(name)]) }
        #expect(error?.detail.contains("'\(name)'") == true)
    }

    @Test(arguments: ["select", "positions", "meta"])
    func namesThatMeanSomethingInSQLAreFine(name: String) throws {
        let table = StateTable(name)
        let store = try openStore(directory, tables: [table])
        try store.commit([batch(0, [put(table, [1], [1])])])
        #expect(try store.value(table: table, partition: 0, key: [1]) == [1])
    }

    @Test func aDirectoryThatCannotBeMadeIsNamed() throws {
        let error = #expect(throws: StateStoreError.self) {
            try SQLiteStateStore(
                directory: "/dev/null/state", name: "state", tables: [customers], identity: identity())
        }
        #expect(error?.code == .io)
        #expect(error?.detail.contains("/dev/null/state") == true)
    }

    @Test func aReaderSeesWhatIsCommittedAndNothingElse() throws {
        let store = try openStore(directory)
        let reader = try store.makeReader()
        #expect(try reader.value(table: customers, partition: 0, key: [1]) == nil)
        try store.commit([batch(0, [put(customers, [1], [1])])])
        #expect(try reader.value(table: customers, partition: 0, key: [1]) == [1])
        try store.commit([batch(0, [put(customers, [1], nil)])])
        #expect(try reader.value(table: customers, partition: 0, key: [1]) == nil)
        #expect(throws: StateStoreError.self) {
            try reader.value(table: StateTable("unheard_of"), partition: 0, key: [1])
        }
        reader.close()
        reader.close()
        #expect(throws: StateStoreError.self) { try reader.value(table: customers, partition: 0, key: [1]) }
    }

    /// Reads leave a transaction open: what is committed afterwards must be whole, seen by all, and survive.
    @Test func readingBetweenCommitsHoldsNothingBack() throws {
        let store = try openStore(directory)
        let reader = try store.makeReader()
        for round in UInt8(1)...20 {
            _ = try store.positions(partition: 0)
            try store.commit([batch(0, [put(customers, [round], [round])], positions: ["a": Int64(round)])])
            #expect(try reader.value(table: customers, partition: 0, key: [round]) == [round])
            #expect(try store.value(table: customers, partition: 0, key: [round]) == [round])
        }
        #expect(try store.wipe(partition: 1, rows: 100))
        _ = try store.positions(partition: 0)
        store.close()
        reader.close()
        #expect(try openStore(directory).positions(partition: 0) == ["a": 20])
    }

    /// Each commit sets two keys to the same value, in two tables. A reader that saw half of one would find the second
    /// key behind the first.
    @Test func readersOnOtherThreadsNeverSeeHalfACommit() async throws {
        let store = try openStore(directory)
        let reader = try store.makeReader()
        let rounds = 300
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    var last = 0
                    while last < rounds {
                        let first = try reader.value(table: customers, partition: 0, key: [1]).map(Self.number) ?? 0
                        let second = try reader.value(table: outcomes, partition: 0, key: [1]).map(Self.number) ?? 0
                        #expect(second >= first && first >= last)
                        last = first
                        await Task.yield()
                    }
                }
            }
            for round in 1...rounds {
                let value = [UInt8(round >> 8), UInt8(round & 255)]
                try store.commit([batch(0, [put(customers, [1], value), put(outcomes, [1], value)])])
            }
            try await group.waitForAll()
        }
    }

    private static func number(_ bytes: [UInt8]) -> Int { Int(bytes[0]) << 8 | Int(bytes[1]) }
}
