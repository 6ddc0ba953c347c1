internal import Foundation
internal import Glibc

/// A file that is open for reading and writing, by its descriptor. Closed when the last reference goes.
///
/// Reads and writes name their position, so threads may share one.
final class OpenFile: Sendable {
    let path: String
    let descriptor: Int32

    enum Creation {
        /// The file must be there.
        case existing
        /// The file is made if it is missing.
        case ifMissing
        /// What is there already goes.
        case anew
    }

    init(_ path: String, _ creation: Creation) throws(StorageError) {
        let flags =
            switch creation {
            case .existing: O_RDWR | O_CLOEXEC
            case .ifMissing: O_RDWR | O_CLOEXEC | O_CREAT
            case .anew: O_RDWR | O_CLOEXEC | O_CREAT | O_TRUNC
            }
        descriptor = unsafe open(path, flags, 0o600)
        self.path = path
        guard descriptor >= 0 else { throw Self.failure("open", path, errno) }
    }

    deinit { close(descriptor) }

    /// The error for what the operating system answered.
    static func failure(_ action: String, _ path: String, _ number: Int32) -> StorageError {
        let reason = unsafe String(cString: strerror(number))
        let isFull = number == ENOSPC || number == EDQUOT
        return StorageError(
            isFull ? .full : .io, "can't \(action) '\(path)': \(reason)" + (isFull ? ". Make room on the device" : ""))
    }

    func size() throws(StorageError) -> Int {
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw Self.failure("measure", path, errno) }
        return end
    }

    /// Writes all of the bytes, or throws: a part may be there then.
    func write(_ bytes: [UInt8], at position: Int) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe pwrite(
                    descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done, position + done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure("write to", path, errno)
            }
            done += count
        }
    }

    /// Reads so many bytes; fewer where the file ends earlier.
    func read(_ count: Int, at position: Int) throws(StorageError) -> [UInt8] {
        guard count > 0 else { return [] }
        var number: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while initialized < count {
                let got = unsafe pread(
                    descriptor, buffer.baseAddress.map { unsafe $0 + initialized }, count - initialized,
                    position + initialized)
                if got < 0 {
                    if errno == EINTR { continue }
                    number = errno
                    return
                }
                if got == 0 { return }
                initialized += got
            }
        }
        guard number == 0 else { throw Self.failure("read", path, number) }
        return bytes
    }

    /// Waits until the content has reached the device.
    func sync() throws(StorageError) {
        while fdatasync(descriptor) != 0 {
            guard errno == EINTR else { throw Self.failure("sync", path, errno) }
        }
    }

    func truncate(to size: Int) throws(StorageError) {
        while ftruncate(descriptor, size) != 0 {
            guard errno == EINTR else { throw Self.failure("truncate", path, errno) }
        }
    }
}

/// What is done to names in directories.
enum Directory {
    static func create(_ path: String) throws(StorageError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw StorageError(.io, "can't make the directory '\(path)': \(error.localizedDescription)") }
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Names in a directory, sorted; none when it is not there.
    static func names(in path: String) throws(StorageError) -> [String] {
        guard exists(path) else { return [] }
        do { return try FileManager.default.contentsOfDirectory(atPath: path).sorted() } catch {
            throw StorageError(.io, "can't list the directory '\(path)': \(error.localizedDescription)")
        }
    }

    /// Puts a file, or a directory, in the place of another name.
    static func rename(_ path: String, to target: String) throws(StorageError) {
        guard unsafe Glibc.rename(path, target) == 0 else {
            throw OpenFile.failure("rename to '\(target)'", path, errno)
        }
    }

    /// Removes a file; one that is not there is fine.
    static func removeFile(_ path: String) throws(StorageError) {
        guard unsafe unlink(path) != 0, errno != ENOENT else { return }
        throw OpenFile.failure("remove", path, errno)
    }

    /// Removes a directory with all that is in it; one that is not there is fine.
    static func removeTree(_ path: String) throws(StorageError) {
        guard exists(path) else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw StorageError(.io, "can't remove the directory '\(path)': \(error.localizedDescription)")
        }
    }

    /// Waits until the names in a directory have reached the device: a file that was made or renamed is not there after a
    /// loss of power otherwise.
    static func sync(_ path: String) throws(StorageError) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OpenFile.failure("open", path, errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw OpenFile.failure("sync", path, errno) }
    }
}
