internal import KafkaProtocol
public import Logging

/// The file that keeps what must be durable besides batches: entries, one behind the other.
///
/// Entries are gathered by `append` and written by `flush`, in one go, so that a step of many costs one write. When the
/// file has grown, it is rewritten from a snapshot: to a temporary file, which then takes the place of the old one.
public final class JournalFile {
    /// The format that is written. A higher one is refused.
    public static let formatVersion: Int32 = 1
    /// "SOLEJRNL"
    private static let magic: Int64 = 0x534F_4C45_4A52_4E4C
    /// Magic, format, cluster id, checksum.
    private static let headerSize = 8 + 4 + 16 + 4
    private static let rewriteSuffix = ".new"

    /// Names the cluster for ever; made when the directory was.
    public let clusterID: String
    public let path: String
    /// The file's size in bytes.
    public private(set) var size: Int
    /// Its size when it was opened or rewritten last.
    public private(set) var sizeAfterRewrite: Int
    /// Whether something was written since the last `sync`.
    public private(set) var isUnsynced = false

    private let id: WireUUID
    private let folder: String
    private var file: OpenFile
    private var pending: [UInt8] = []

    /// Opens the journal, or begins one.
    ///
    /// - Parameters:
    ///   - tolerance: what an earlier process can have left behind.
    ///   - replay: Takes an entry up; may throw to say that it can't be understood.
    /// - Throws: `StorageError`; `.newerFormat`, `.corrupt` with file and position.
    public init(
        path: String, tolerance: FileStorage.Tolerance, logger: Logger,
        replay: ([UInt8]) throws(StorageError) -> Void
    ) throws(StorageError) {
        self.path = path
        folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        if !Directory.exists(path) {
            var random = SystemRandomNumberGenerator()
            id = WireUUID(high: random.next(), low: random.next())
            file = try Self.make(path, Self.header(id), folder)
            size = Self.headerSize
        } else {
            file = try OpenFile(path, .existing)
            let bytes = try file.read(try file.size(), at: 0)
            id = try Self.readHeader(bytes, path)
            size = try Self.replayEntries(bytes, path, tolerance, replay)
            if size < bytes.count {
                logger.warning(
                    "the end of the journal was cut short by a crash and is cut off",
                    metadata: ["file": "\(path)", "position": "\(size)", "bytes": "\(bytes.count - size)"])
                try file.truncate(to: size)
                try file.sync()
            }
        }
        sizeAfterRewrite = size
        clusterID = id.base64URL
        try Directory.removeFile(path + Self.rewriteSuffix)
    }

    /// Gathers an entry for the next `flush`.
    public func append(_ entry: [UInt8]) { JournalFrame.write(entry, to: &pending) }

    /// Writes what was gathered: from here on it survives the end of the process.
    public func flush() throws(StorageError) {
        guard !pending.isEmpty else { return }
        try file.write(pending, at: size)
        size += pending.count
        pending.removeAll(keepingCapacity: pending.capacity <= 1 << 20)
        isUnsynced = true
    }

    /// Waits until all that was written has reached the device.
    public func sync() throws(StorageError) {
        guard isUnsynced else { return }
        try file.sync()
        isUnsynced = false
    }

    /// What `sync` would wait for, to be waited for on another thread; nil when there is nothing.
    public func takeUnsynced() -> UnsyncedFiles? {
        guard isUnsynced else { return nil }
        isUnsynced = false
        return UnsyncedFiles(files: [file])
    }

    /// Puts these entries in the place of all that there are, for good: it has reached the device afterwards.
    public func rewrite(_ entries: [[UInt8]]) throws(StorageError) {
        var bytes = Self.header(id)
        for entry in entries { JournalFrame.write(entry, to: &bytes) }
        file = try Self.make(path, bytes, folder)
        size = bytes.count
        sizeAfterRewrite = size
        pending.removeAll()
        isUnsynced = false
    }

    private static func make(_ path: String, _ bytes: [UInt8], _ folder: String) throws(StorageError) -> OpenFile {
        let temporaryPath = path + rewriteSuffix
        let file = try OpenFile(temporaryPath, .anew)
        try file.write(bytes, at: 0)
        try file.sync()
        try Directory.rename(temporaryPath, to: path)
        try Directory.sync(folder)
        return file
    }

    private static func header(_ id: WireUUID) -> [UInt8] {
        var writer = WireWriter(capacity: headerSize)
        writer.int64(magic)
        writer.int32(formatVersion)
        writer.uuid(id)
        writer.uint32(CRC32C.checksum(writer.bytes))
        return writer.bytes
    }

    private static func readHeader(_ bytes: [UInt8], _ path: String) throws(StorageError) -> WireUUID {
        let broken = StorageError(
            .corrupt, "'\(path)' is broken at position 0: it does not begin as a journal of this program does")
        var reader = WireReader(bytes)
        guard let magic = try? reader.int64(), magic == Self.magic, let version = try? reader.int32() else {
            throw broken
        }
        guard version <= formatVersion else {
            throw StorageError(
                .newerFormat,
                "'\(path)' has format \(version), and this program knows up to \(formatVersion): it was written by a "
                    + "newer version. Use that one, or another directory")
        }
        guard let id = try? reader.uuid(), let stored = try? reader.uint32(),
            stored == CRC32C.checksum(bytes, 0..<(headerSize - 4))
        else { throw broken }
        return id
    }

    /// - Returns: where the good entries end.
    private static func replayEntries(
        _ bytes: [UInt8], _ path: String, _ tolerance: FileStorage.Tolerance,
        _ replay: ([UInt8]) throws(StorageError) -> Void
    ) throws(StorageError) -> Int {
        var position = headerSize
        while position < bytes.count {
            guard let frame = JournalFrame.read(bytes, at: position) else {
                if tolerance == .tornWrite, JournalFrame.isFollowedByEntry(bytes, position) {
                    throw StorageError(
                        .corrupt,
                        "'\(path)' is broken at position \(position), and good entries follow: no crash of this program "
                            + "does that. Restore the directory from a copy, or delete it to start anew")
                }
                return position
            }
            do { try replay(frame.entry) } catch {
                throw StorageError(error.code, "'\(path)' at position \(position): \(error.detail)")
            }
            position = frame.end
        }
        return position
    }
}

extension WireUUID {
    /// In the alphabet of RFC 4648, section 5, without padding, as Kafka writes cluster ids: 22 characters.
    var base64URL: String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var text = ""
        var rest = high
        var low = low
        // 128 bits in groups of six, from the top; the last group is filled up with zeros.
        for group in 0..<22 {
            let left = 128 - 6 * group
            let taken = min(6, left)
            let value = Int(rest >> UInt64(64 - taken)) << (6 - taken)
            text.append(alphabet[value])
            rest = rest << 6 | low >> 58
            low <<= 6
        }
        return text
    }
}
