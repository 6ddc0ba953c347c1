import Foundation
import Processing
import StateStore

/// A directory of its own for one test, removed at its end.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("state-store-\(UUID().uuidString)").path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func fileNames() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

let customers = StateTable("customers")
let outcomes = StateTable("outcomes")

func identity(
    service: String = "command-service", prefix: String = "", partitions: Int32 = 12, cluster: String? = nil,
    format: Int = 1
) -> StoreIdentity {
    StoreIdentity(
        service: service, topicPrefix: prefix, partitionCount: partitions, clusterID: cluster, formatVersion: format)
}

func openStore(
    _ directory: TemporaryDirectory, tables: [StateTable] = [customers, outcomes], as owner: StoreIdentity = identity()
) throws(StateStoreError) -> SQLiteStateStore {
    try SQLiteStateStore(directory: directory.path, name: "state", tables: tables, identity: owner)
}

func put(_ table: StateTable, _ key: [UInt8], _ value: [UInt8]?) -> StateChange {
    StateChange(table: table, key: key, value: value)
}

func batch(_ partition: Int32, _ changes: [StateChange], positions: [String: Int64] = [:]) -> PartitionChanges {
    PartitionChanges(partition: partition, changes: changes, positions: positions)
}

/// SplitMix64: the same seed gives the same run everywhere.
struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func bytes(upTo length: Int) -> [UInt8] { (0..<below(length + 1)).map { _ in UInt8(below(256)) } }
}
