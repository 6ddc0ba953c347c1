import Foundation
import GRDB
public import Processing

/// The state of partitions in one SQLite file, `<directory>/<name>.sqlite`.
///
/// A cache of the log: a file that is damaged, outdated, or of another cluster is moved aside and begun anew (see
/// `notices`); one of another deployment is refused. After a power cut the last commits may be missing, but no commit
/// is ever there in part.
///
/// Confined to one thread. Others read through `makeReader()`.
public final class SQLiteStateStore: PartitionStateStore {
    /// What was found and done while opening, one sentence each, for the log. Usually empty.
    public let notices: [String]
    /// The random name that the owner of this state has towards others: made at the first start, and kept beside the state.
    /// After a restart, wherever that is, it is the same.
    public let ownerID: String

    private let file: StoreFile
    private let schema: StateSchema
    private let queue: DatabaseQueue
    private let lock: DirectoryLock
    private var isClosed = false

    /// Opens the store, or makes it, with its directory.
    ///
    /// - Parameters:
    ///   - directory: where the file lies; made when it is missing, for its owner alone.
    ///   - name: the file's name without its ending.
    ///   - tables: all tables of the store. A file that was made with others is begun anew.
    ///   - identity: whose state it is.
    /// - Throws: `.foreign` for a file of another service, topic prefix or partition count, which stays as it was;
    ///   `.locked` while someone else has the store open; `.io` for what the file system refuses.
    public init(
        directory: String, name: String, tables: [StateTable], identity: StoreIdentity
    ) throws(StateStoreError) {
        file = StoreFile(directory: directory, name: name)
        schema = try StateSchema(tables: tables, formatVersion: identity.formatVersion)
        try file.createDirectory()
        lock = try DirectoryLock(file: file)
        let owner = OwnerFile(file: file)
        if let known = owner.id { ownerID = known } else { ownerID = try owner.renew() }
        var opening = StateOpening(file: file, schema: schema, identity: identity)
        queue = try opening.open()
        notices = opening.notices
    }

    deinit { close() }

    public func positions(partition: Int32) throws(StateStoreError) -> [String: Int64] {
        try read("read positions") { db in
            let statement = try db.cachedStatement(sql: StateSchema.positions)
            var positions: [String: Int64] = [:]
            for row in try Row.fetchAll(statement, arguments: [partition]) {
                try positions[row.decode(String.self, atIndex: 0)] = row.decode(Int64.self, atIndex: 1)
            }
            return positions
        }
    }

    public func value(table: StateTable, partition: Int32, key: [UInt8]) throws(StateStoreError) -> [UInt8]? {
        let sql = try sql(of: table)
        return try read("read a value") { db in try sql.value(in: db, partition: partition, key: key) }
    }

    public func entries(
        table: StateTable, partition: Int32, through bound: [UInt8], limit: Int
    ) throws(StateStoreError) -> [(key: [UInt8], value: [UInt8])] {
        let sql = try sql(of: table)
        guard limit > 0 else { return [] }
        return try read("read entries") { db in
            let statement = try db.cachedStatement(sql: sql.entries)
            return try Row.fetchAll(statement, arguments: [partition, Data(bound), limit]).map { row in
                try (key: [UInt8](row.decode(Data.self, atIndex: 0)), value: [UInt8](row.decode(Data.self, atIndex: 1)))
            }
        }
    }

    public func commit(_ changes: [PartitionChanges]) throws(StateStoreError) {
        let plan = try CommitPlan(changes, schema: schema)
        if plan.isEmpty { return }
        try write("commit a batch") { db in try plan.apply(to: db) }
    }

    public func wipe(partition: Int32, rows: Int) throws(StateStoreError) -> Bool {
        try write("wipe partition \(partition)") { db in
            try db.execute(sql: StateSchema.wipePositions, arguments: [partition])
            var isEmpty = true
            for table in schema.sorted {
                try db.execute(sql: table.wipe, arguments: [partition, partition, rows])
                if db.changesCount >= rows { isEmpty = false }
            }
            return isEmpty
        }
    }

    /// Folds the write-ahead log into the file and gives the lock back. Harmless when repeated; whatever is asked of
    /// the store afterwards throws `.io`.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        // A failure here loses nothing: what was committed is in the write-ahead log.
        try? queue.writeWithoutTransaction { db in try db.rollback() }
        try? queue.close()
        lock.release()
    }

    /// Gives the state another owner's name, from the next start on: for who was fenced by another one of its name, whose state
    /// is a copy of this one's. Both would go on fencing each other.
    public func renewOwner() throws(StateStoreError) { _ = try OwnerFile(file: file).renew() }

    /// A handle for other threads, with a connection of its own. It sees what was committed, while this store writes.
    /// - Throws: `.io` when the file can't be opened once more.
    public func makeReader() throws(StateStoreError) -> SQLiteStateReader {
        try SQLiteStateReader(file: file, schema: schema)
    }

    private func sql(of table: StateTable) throws(StateStoreError) -> StateSchema.TableSQL {
        try schema.sql(of: table, file: file)
    }

    /// Reads share one transaction, which the next write ends: to begin one costs as much as the read itself (locks
    /// are system calls). It always sees the newest state, since this connection is the only one that writes.
    private func read<Answer>(
        _ action: String, _ body: (Database) throws -> Answer
    ) throws(StateStoreError) -> Answer {
        try perform(action) { db in
            if !db.isInsideTransaction { try db.beginTransaction(.deferred) }
            return try body(db)
        }
    }

    /// All or nothing.
    private func write<Answer>(
        _ action: String, _ body: (Database) throws -> Answer
    ) throws(StateStoreError) -> Answer {
        try perform(action) { db in
            if !db.isInsideTransaction { try db.beginTransaction(.immediate) }
            do {
                let answer = try body(db)
                try db.commit()
                return answer
            } catch {
                // SQLite may have rolled back by itself. Either way the error that counts is the first one.
                try? db.rollback()
                throw error
            }
        }
    }

    private func perform<Answer>(
        _ action: String, _ body: (Database) throws -> Answer
    ) throws(StateStoreError) -> Answer {
        if isClosed { throw StateStoreError(.io, "can't \(action) in '\(file.path)': the store was closed") }
        do { return try queue.writeWithoutTransaction(body) } catch {
            throw StateStoreError(error, while: action, file: file)
        }
    }
}
