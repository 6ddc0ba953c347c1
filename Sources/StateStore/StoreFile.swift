import Foundation
import Processing

/// The paths of one store, and what is done to them as files.
struct StoreFile: Sendable {
    let directory: String
    let name: String

    /// The database.
    var path: String { directory + "/" + name + ".sqlite" }
    /// Held locked for as long as a process has the store open.
    var lockPath: String { directory + "/" + name + ".lock" }
    /// Left behind when damage was met at run time, so that the next start replaces the database.
    var damagePath: String { path + ".damaged" }

    /// Personal data lies inside: a directory that is made here is for its owner alone.
    func createDirectory() throws(StateStoreError) {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StateStoreError(
                .io,
                "can't make the state directory '\(directory)': \(error.localizedDescription). "
                    + "Name a directory that this process may write to (--state-directory)")
        }
    }

    /// Moves the database away, with its write-ahead log, under the first free name.
    ///
    /// The database goes first: a log without its database is ignored by SQLite, whereas a database without its log
    /// could be taken for a sound one when the process dies in between.
    /// - Returns: where the database lies now.
    func setAside(label: String) throws(StateStoreError) -> String {
        let files = FileManager.default
        var number = 1
        while files.fileExists(atPath: "\(path).\(label)-\(number)") { number += 1 }
        let target = "\(path).\(label)-\(number)"
        do {
            if files.fileExists(atPath: path) { try files.moveItem(atPath: path, toPath: target) }
            for suffix in ["-wal", "-shm"] where files.fileExists(atPath: path + suffix) {
                try files.moveItem(atPath: path + suffix, toPath: target + suffix)
            }
            if files.fileExists(atPath: damagePath) { try files.removeItem(atPath: damagePath) }
        } catch {
            throw StateStoreError(
                .io,
                "can't move '\(path)' aside to '\(target)': \(error.localizedDescription). "
                    + "It is a cache of the log: remove it by hand, and it is rebuilt")
        }
        return target
    }

    var isMarkedDamaged: Bool { FileManager.default.fileExists(atPath: damagePath) }

    /// Best effort: without the mark the next start meets the damage again, and says so again.
    func markDamaged() {
        _ = FileManager.default.createFile(atPath: damagePath, contents: nil)
    }
}
