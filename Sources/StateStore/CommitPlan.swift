import Foundation
import GRDB
import Processing

/// The changes of one commit in the order in which SQLite takes them fastest: by table, then by primary key, each key
/// once.
struct CommitPlan {
    private struct Change {
        let partition: Int32
        let key: [UInt8]
        let value: [UInt8]?
        /// The place in the batch: the last change of a key is the one that counts.
        let number: Int

        func isSameRow(as other: Change) -> Bool { partition == other.partition && key == other.key }

        static func precedes(_ left: Change, _ right: Change) -> Bool {
            if left.partition != right.partition { return left.partition < right.partition }
            if left.key != right.key { return left.key.lexicographicallyPrecedes(right.key) }
            return left.number < right.number
        }
    }

    private var tables: [(sql: StateSchema.TableSQL, changes: [Change])] = []
    private var positions: [(partition: Int32, topic: String, position: Int64)] = []

    var isEmpty: Bool { tables.isEmpty && positions.isEmpty }

    /// - Throws: `.io` for a table that the store was not made with.
    init(_ batches: [PartitionChanges], schema: StateSchema) throws(StateStoreError) {
        var byTable: [StateTable: [Change]] = [:]
        var number = 0
        for batch in batches {
            for change in batch.changes {
                byTable[change.table, default: []].append(
                    Change(partition: batch.partition, key: change.key, value: change.value, number: number))
                number += 1
            }
            for (topic, position) in batch.positions.sorted(by: { $0.key < $1.key }) {
                positions.append((batch.partition, topic, position))
            }
        }
        for (table, changes) in byTable.sorted(by: { $0.key.name < $1.key.name }) {
            tables.append((try schema.sql(of: table), changes.sorted(by: Change.precedes)))
        }
    }

    /// Runs in the transaction that the caller has open.
    func apply(to db: Database) throws {
        for (sql, changes) in tables {
            let upsert = try db.cachedStatement(sql: sql.upsert)
            let delete = try db.cachedStatement(sql: sql.delete)
            for (index, change) in changes.enumerated() {
                if index + 1 < changes.count, change.isSameRow(as: changes[index + 1]) { continue }
                if let value = change.value {
                    try upsert.execute(arguments: [change.partition, Data(change.key), Data(value)])
                } else {
                    try delete.execute(arguments: [change.partition, Data(change.key)])
                }
            }
        }
        let setPosition = try db.cachedStatement(sql: StateSchema.setPosition)
        for (partition, topic, position) in positions {
            try setPosition.execute(arguments: [partition, topic, position])
        }
    }
}
