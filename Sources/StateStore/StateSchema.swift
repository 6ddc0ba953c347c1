import Foundation
import GRDB
import Processing

/// The SQL of one store. Statements are kept as text, by which GRDB caches the prepared ones.
struct StateSchema: Sendable {
    /// Raise it when the layout of the tables below changes: older files are then rebuilt from the log.
    static let version = 1

    struct TableSQL: Sendable {
        let name: String
        let select: String
        let entries: String
        let upsert: String
        let delete: String
        let wipe: String

        /// `ifnull`: GRDB binds empty bytes as NULL.
        init(_ table: StateTable) {
            name = "state_" + table.name
            select = "SELECT value FROM \(name) WHERE partition = ? AND key = ifnull(?, x'')"
            entries = """
                SELECT key, value FROM \(name) WHERE partition = ? AND key <= ifnull(?, x'') ORDER BY key LIMIT ?
                """
            upsert = """
                INSERT INTO \(name) (partition, key, value) VALUES (?, ifnull(?, x''), ifnull(?, x'')) \
                ON CONFLICT (partition, key) DO UPDATE SET value = excluded.value
                """
            delete = "DELETE FROM \(name) WHERE partition = ? AND key = ifnull(?, x'')"
            wipe = """
                DELETE FROM \(name) WHERE partition = ? AND key IN \
                (SELECT key FROM \(name) WHERE partition = ? ORDER BY key LIMIT ?)
                """
        }
    }

    static let positions = "SELECT topic, position FROM positions WHERE partition = ?"
    static let setPosition = """
        INSERT INTO positions (partition, topic, position) VALUES (?, ?, ?) \
        ON CONFLICT (partition, topic) DO UPDATE SET position = excluded.position
        """
    static let wipePositions = "DELETE FROM positions WHERE partition = ?"

    let tables: [StateTable: TableSQL]
    /// In order of name: whatever goes through all tables does it the same way each time.
    let sorted: [TableSQL]
    /// What a file must say of itself. The names of the tables belong to it: a table that is new in this version would
    /// be empty where the positions claim that the log has been folded.
    let description: String

    /// - Throws: `.io` for a table name that can't be one.
    init(tables: [StateTable], formatVersion: Int) throws(StateStoreError) {
        for table in tables where !Self.isTableName(table.name) {
            throw StateStoreError(
                .io, "'\(table.name)' can't be the name of a state table: only letters a to z and underscores can")
        }
        let names = Set(tables.map(\.name)).sorted()
        self.tables = Dictionary(tables.map { ($0, TableSQL($0)) }, uniquingKeysWith: { first, _ in first })
        sorted = names.map { TableSQL(StateTable($0)) }
        description = "\(Self.version).\(formatVersion):" + names.joined(separator: ",")
    }

    private static func isTableName(_ name: String) -> Bool {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        return !name.isEmpty && name.utf8.allSatisfy { letters.contains($0) || $0 == UInt8(ascii: "_") }
    }

    /// Makes all tables, in the transaction that the caller has open.
    func create(in db: Database, identity: StoreIdentity) throws {
        try db.execute(
            sql: """
                CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT
                """)
        try db.execute(
            sql: """
                CREATE TABLE positions (partition INTEGER NOT NULL, topic TEXT NOT NULL, position INTEGER NOT NULL, \
                PRIMARY KEY (partition, topic)) WITHOUT ROWID, STRICT
                """)
        for table in sorted {
            try db.execute(
                sql: """
                    CREATE TABLE \(table.name) (partition INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, \
                    PRIMARY KEY (partition, key)) WITHOUT ROWID, STRICT
                    """)
        }
        for (name, value) in identity.meta(schema: description) {
            try db.execute(sql: "INSERT INTO meta (name, value) VALUES (?, ?)", arguments: [name, value])
        }
    }

    /// Judges a file by what can be read cheaply however big it is: its catalogue, `meta`, `positions` and the first
    /// page of each table. Damage further in is met, and reported, when it is read.
    func inspect(_ db: Database, identity: StoreIdentity) throws -> StoreVerdict {
        let present = try Set(String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'"))
        if present.isEmpty { return .empty }
        guard present.contains("meta") else {
            return .outdated(label: "unknown", reason: "it is a database of something else: it has no table 'meta'")
        }
        var meta: [String: String] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT name, value FROM meta") {
            try meta[row.decode(String.self, atIndex: 0)] = row.decode(String.self, atIndex: 1)
        }
        let verdict = identity.verdict(onMeta: meta, schema: description)
        guard verdict == .fits else { return verdict }
        for table in sorted.map(\.name) + ["positions"] {
            guard present.contains(table) else {
                return .outdated(label: "unknown", reason: "its table '\(table)' is missing")
            }
            _ = try Row.fetchOne(db, sql: "SELECT * FROM \(table) LIMIT 1")
        }
        _ = try Row.fetchAll(db, sql: "SELECT * FROM positions")
        return .fits
    }
}
