import Foundation
import Processing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Keeps the name that the owner of a store has towards others: random, made at the first start, beside the state.
struct OwnerFile {
    let file: StoreFile

    private var path: String { file.directory + "/" + file.name + ".id" }

    /// The name; nil where there is none, or none that can be read.
    var id: String? {
        FileManager.default.contents(atPath: path).flatMap { String(bytes: $0, encoding: .utf8) }
            .flatMap { UUID(uuidString: $0.trimmingCharacters(in: .whitespacesAndNewlines)) }
            .map { $0.uuidString.lowercased() }
    }

    /// Makes a new one, durable when this returns. Only for who holds the store's lock.
    func renew() throws(StateStoreError) -> String {
        let id = UUID().uuidString.lowercased()
        let draft = path + ".new"
        do {
            let files = FileManager.default
            guard
                files.createFile(
                    atPath: draft, contents: Data((id + "\n").utf8), attributes: [.posixPermissions: 0o600]),
                let handle = FileHandle(forUpdatingAtPath: draft)
            else { throw CocoaError(.fileWriteUnknown) }
            try handle.synchronize()
            try handle.close()
            guard unsafe rename(draft, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
            // The name of the file, too.
            if let directory = FileHandle(forReadingAtPath: file.directory) {
                _ = fsync(directory.fileDescriptor)
                try directory.close()
            }
        } catch {
            throw StateStoreError(
                .io,
                "can't write '\(path)': \(error.localizedDescription). Check that this process may write to the "
                    + "directory '\(file.directory)', and that there is room")
        }
        return id
    }
}
