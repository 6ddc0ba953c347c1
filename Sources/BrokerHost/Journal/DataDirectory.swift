internal import Foundation
internal import Glibc

/// A broker's directory on disk: `lock`, `journal`, and `logs/` with a folder for each partition.
///
/// Only one process has it at a time. The lock belongs to the open file, so the kernel releases it however the process
/// ends; what the file says is for people, and tells the next process how this one ended.
public final class DataDirectory {
    public let path: String
    /// What an earlier process can have left behind.
    public let tolerance: FileStorage.Tolerance
    private let lock: OpenFile
    private var isHeld = true

    public var journalPath: String { path + "/journal" }
    public var logsPath: String { path + "/logs" }

    /// Makes the directory if it is missing, and locks it.
    ///
    /// - Throws: `StorageError`; `.locked` when another process has it.
    public init(path: String, policy: SyncPolicy) throws(StorageError) {
        self.path = path
        try Directory.create(path)
        lock = try OpenFile(path + "/lock", .ifMissing)
        guard flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            guard number == EWOULDBLOCK else { throw OpenFile.failure("lock", lock.path, number) }
            let holder = RunNote(try lock.read(200, at: 0))?.process ?? "unknown"
            throw StorageError(
                .locked,
                "'\(path)' is in use by another broker (process \(holder)): stop that one, or give this one another "
                    + "directory")
        }
        let previous = RunNote(try lock.read(200, at: 0))
        let boot = RunNote.currentBoot
        let lostPower = previous.map { !boot.isEmpty && $0.boot != boot && $0.policy != SyncPolicy.always.rawValue }
        tolerance = lostPower == true ? .lostPower : .tornWrite
        let note = RunNote(
            process: String(ProcessInfo.processInfo.processIdentifier), boot: boot, policy: policy.rawValue)
        try lock.truncate(to: 0)
        try lock.write(note.bytes, at: 0)
        try lock.sync()
    }

    /// Gives the directory up.
    ///
    /// - Parameter isClean: Whether everything has reached the device. The next process then expects no torn writes.
    public func release(isClean: Bool) {
        guard isHeld else { return }
        isHeld = false
        if isClean {
            try? lock.truncate(to: 0)
            try? lock.sync()
        }
        // Closing alone is not enough: a child that is between fork and exec at this moment has the open file too.
        _ = flock(lock.descriptor, LOCK_UN)
    }

    deinit { release(isClean: false) }
}

/// Who has a directory, since which start of the machine, and how careful it is with the device.
private struct RunNote {
    var process: String
    var boot: String
    var policy: String

    init(process: String, boot: String, policy: String) {
        self.process = process
        self.boot = boot
        self.policy = policy
    }

    init?(_ bytes: [UInt8]) {
        let words = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard words.count >= 3 else { return nil }
        self.init(process: String(words[0]), boot: String(words[1]), policy: String(words[2]))
    }

    var bytes: [UInt8] { Array("\(process)\n\(boot)\n\(policy)\n".utf8) }

    /// Differs after each start of the machine; empty where the system does not tell.
    static var currentBoot: String {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }
}
