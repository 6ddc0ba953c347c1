import Foundation
import Processing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Keeps two processes out of the same store.
///
/// The lock belongs to the open file, so the kernel releases it however the process ends. The file itself stays: to
/// remove it would let a third process lock a new file of that name while a second one waits for the old.
final class DirectoryLock {
    private let handle: FileHandle
    private var isHeld = true

    init(file: StoreFile) throws(StateStoreError) {
        let path = file.lockPath
        let files = FileManager.default
        if !files.fileExists(atPath: path) {
            _ = files.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        guard let handle = FileHandle(forUpdatingAtPath: path) else {
            throw StateStoreError(
                .io,
                "can't open the lock file '\(path)'. Check that this process may write to the directory '\(file.directory)'"
            )
        }
        _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
        guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            defer { try? handle.close() }
            guard reason == EWOULDBLOCK else {
                throw StateStoreError(.io, "can't lock '\(path)': error \(reason) of flock")
            }
            let holder = (try? handle.readToEnd()).flatMap { String(bytes: $0, encoding: .utf8) } ?? ""
            let who = holder.isEmpty ? "another process" : "process \(holder)"
            throw StateStoreError(
                .locked,
                "'\(path)' is held by \(who). Each instance needs a state directory of its own: stop the other one, "
                    + "or give this one another --state-directory")
        }
        self.handle = handle
        // The number is for the message above alone; the lock is held with or without it.
        try? handle.truncate(atOffset: 0)
        try? handle.write(contentsOf: Data(String(ProcessInfo.processInfo.processIdentifier).utf8))
    }

    func release() {
        guard isHeld else { return }
        isHeld = false
        try? handle.truncate(atOffset: 0)
        // Closing alone is not enough: a child that is between fork and exec at this moment has the open file too.
        _ = flock(handle.fileDescriptor, LOCK_UN)
        try? handle.close()
    }

    deinit { release() }
}
