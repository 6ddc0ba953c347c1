import Foundation
import GRDB
public import Processing

/// Reads a store's committed state from any thread, on a read-only connection of its own, while the store is written.
///
/// A read takes microseconds and never waits for the writer.
public final class SQLiteStateReader: Sendable {
    private let file: StoreFile
    private let schema: StateSchema
    private let queue: DatabaseQueue

    init(file: StoreFile, schema: StateSchema) throws(StateStoreError) {
        self.file = file
        self.schema = schema
        do {
            queue = try DatabaseQueue(path: file.path, configuration: StateOpening.configuration(readonly: true))
        } catch {
            throw StateStoreError(error, while: "open a reader", file: file)
        }
    }

    /// The value that was last committed for a key; nil when there is none.
    /// - Throws: `.io` when the file can't be read, or the reader was closed.
    public func value(table: StateTable, partition: Int32, key: [UInt8]) throws(StateStoreError) -> [UInt8]? {
        let sql = try schema.sql(of: table, file: file)
        do {
            // One statement is a snapshot of its own: no transaction around it.
            return try queue.unsafeRead { db in try sql.value(in: db, partition: partition, key: key) }
        } catch {
            throw StateStoreError(error, while: "read a value", file: file)
        }
    }

    /// Harmless when repeated.
    public func close() { try? queue.close() }
}

extension StateSchema {
    func sql(of table: StateTable, file: StoreFile? = nil) throws(StateStoreError) -> TableSQL {
        if let sql = tables[table] { return sql }
        let place = file.map { " in '\($0.path)'" } ?? ""
        throw StateStoreError(
            .io, "there is no table '\(table.name)'\(place): the store was made with \(sorted.map(\.name))")
    }
}

extension StateSchema.TableSQL {
    func value(in db: Database, partition: Int32, key: [UInt8]) throws -> [UInt8]? {
        let statement = try db.cachedStatement(sql: select)
        return try Data.fetchOne(statement, arguments: [partition, Data(key)]).map { [UInt8]($0) }
    }
}
