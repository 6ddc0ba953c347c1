import Foundation
import GRDB
import Processing

/// Opens the database of a store: takes the file as it is, refuses it, or replaces it by an empty one.
struct StateOpening {
    let file: StoreFile
    let schema: StateSchema
    let identity: StoreIdentity
    /// What was found and done, for the log.
    private(set) var notices: [String] = []

    init(file: StoreFile, schema: StateSchema, identity: StoreIdentity) {
        self.file = file
        self.schema = schema
        self.identity = identity
    }

    /// - Throws: `.foreign` for another deployment's file, which is left as it was; `.locked`, `.io`.
    mutating func open() throws(StateStoreError) -> DatabaseQueue {
        if file.isMarkedDamaged {
            try replace(label: "corrupt", reason: "damage was met in it when it was last used")
        }
        var (queue, verdict) = try inspect()
        if case .outdated(let label, let reason) = verdict {
            try close(queue)
            try replace(label: label, reason: reason)
            (queue, verdict) = try inspect()
        }
        guard let queue else {
            throw StateStoreError(.io, "can't open '\(file.path)': it is damaged again right after it was made anew")
        }
        switch verdict {
        case .empty:
            try prepare(queue, isNew: true)
        case .fits:
            try prepare(queue, isNew: false)
        case .foreign(let difference):
            try close(queue)
            throw StateStoreError(
                .foreign,
                "'\(file.path)' belongs to another deployment: \(difference). Nothing was changed. If this is another "
                    + "deployment, give it a --state-directory of its own; else correct the configuration")
        case .outdated(_, let reason):
            try close(queue)
            throw StateStoreError(.io, "can't make '\(file.path)' anew: \(reason)")
        }
        return queue
    }

    /// Reads without changing anything. A damaged file gives no connection.
    private func inspect() throws(StateStoreError) -> (DatabaseQueue?, StoreVerdict) {
        do {
            let queue = try DatabaseQueue(path: file.path, configuration: Self.configuration())
            do {
                let verdict = try queue.writeWithoutTransaction { db in try schema.inspect(db, identity: identity) }
                return (queue, verdict)
            } catch {
                try? queue.close()
                throw error
            }
        } catch let error as DatabaseError where error.isDamage {
            let what = "it is damaged (SQLite code \(error.extendedResultCode.rawValue))"
            return (nil, .outdated(label: "corrupt", reason: what))
        } catch let error as RowDecodingError {
            return (nil, .outdated(label: "corrupt", reason: "its table 'meta' can't be read: \(error)"))
        } catch {
            throw StateStoreError(error, while: "read what the file is", file: file)
        }
    }

    private mutating func replace(label: String, reason: String) throws(StateStoreError) {
        let target = try file.setAside(label: label)
        notices.append(
            "state file '\(file.path)' was moved aside to '\(target)' and begins empty, to be rebuilt from the log: "
                + reason)
    }

    private func close(_ queue: DatabaseQueue?) throws(StateStoreError) {
        do { try queue?.close() } catch { throw StateStoreError(error, while: "close the file", file: file) }
    }

    private func prepare(_ queue: DatabaseQueue, isNew: Bool) throws(StateStoreError) {
        do {
            try queue.writeWithoutTransaction { db in
                let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
                guard mode == "wal" else {
                    throw StateStoreError(
                        .io,
                        "'\(file.path)' can't be switched to a write-ahead log (it has '\(mode ?? "none")'). "
                            + "Put the state directory on a local file system")
                }
                for pragma in Self.writerPragmas { try db.execute(sql: pragma) }
                if isNew {
                    try db.inTransaction(.immediate) {
                        try schema.create(in: db, identity: identity)
                        return .commit
                    }
                } else if let clusterID = identity.clusterID {
                    // A file that was made while the cluster's id was unknown learns it now.
                    try db.execute(
                        sql: "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
                        arguments: [StoreIdentity.MetaName.clusterID, clusterID])
                }
            }
        } catch {
            throw StateStoreError(error, while: "prepare the tables", file: file)
        }
    }

    /// NORMAL: a power cut may take the last commits, never tear one. The log has them; they are caught up.
    private static let writerPragmas = [
        "PRAGMA synchronous = NORMAL",
        "PRAGMA cache_size = -131072",  // KiB: 128 MiB
        "PRAGMA wal_autocheckpoint = 16384",  // pages: 64 MiB between checkpoints
        "PRAGMA journal_size_limit = 134217728",  // bytes: what a burst grew the log by is given back
    ]

    static func configuration(readonly: Bool = false) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readonly
        configuration.allowsUnsafeTransactions = true  // The store's reads leave one open: see there.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA temp_store = MEMORY") }
        return configuration
    }
}
