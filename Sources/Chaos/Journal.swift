import Foundation

/// Milliseconds since this process began to look. Nothing that is drawn depends on it.
enum Clock {
    private static let start = ContinuousClock.now

    static var milliseconds: Int {
        let time = ContinuousClock.now - start
        return Int(time.components.seconds) * 1_000 + Int(time.components.attoseconds / 1_000_000_000_000_000)
    }
}

/// What happened, with times, in a file: for whoever reads the services' logs beside it.
final class Journal {
    private let handle: FileHandle?
    private let formatter = ISO8601DateFormatter()

    init(_ file: URL) {
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        handle = FileHandle(forWritingAtPath: file.path)
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    }

    func note(_ text: String) {
        try? handle?.write(contentsOf: Data("\(formatter.string(from: Date())) \(text)\n".utf8))
    }
}

/// Prints a line at once, into a file too.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
