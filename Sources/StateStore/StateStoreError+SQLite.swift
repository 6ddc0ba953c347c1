import Foundation
import GRDB
import Processing

extension StateStoreError {
    /// What the database said, with the file and what can be done. Never shows keys or values.
    ///
    /// Damage that is met leaves a mark beside the file, so that the next start replaces it.
    init(_ error: any Error, while action: String, file: StoreFile) {
        if let known = error as? StateStoreError {
            self = known
            return
        }
        guard let failure = error as? DatabaseError else {
            self.init(.io, "can't \(action) in '\(file.path)': \(error.localizedDescription)")
            return
        }
        let what =
            "can't \(action) in '\(file.path)': \(failure.message ?? "no message") "
            + "(SQLite code \(failure.extendedResultCode.rawValue))"
        if failure.isBusy {
            self.init(.locked, what + ". Something else has the file open: a backup or a shell? Stop it, start again")
        } else if failure.isDamage {
            file.markDamaged()
            self.init(.io, what + ". The file is damaged. It is a cache of the log: the next start rebuilds it")
        } else if failure.resultCode == .SQLITE_FULL {
            self.init(.io, what + ". The disk is full: free some space and start again")
        } else {
            self.init(.io, what)
        }
    }
}

extension DatabaseError {
    fileprivate var isBusy: Bool { resultCode == .SQLITE_BUSY || resultCode == .SQLITE_LOCKED }

    /// The file is not a database, or not a sound one.
    var isDamage: Bool { resultCode == .SQLITE_CORRUPT || resultCode == .SQLITE_NOTADB }
}
