import Foundation

/// How far the reading is, as a bar on a terminal; silent elsewhere, and for what takes no time.
struct ReadingProgress {
    private let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
    private let begin = ContinuousClock.now
    private var shown: ContinuousClock.Instant?
    private static let width: Int64 = 30

    mutating func show(done: Int64, of total: Int64) {
        let now = ContinuousClock.now
        guard isTerminal, total > 0, now - begin > .milliseconds(500),
            shown.map({ now - $0 > .milliseconds(200) }) ?? true
        else { return }
        shown = now
        let part = min(max(done, 0), total)
        let filled = Int(part * Self.width / total)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Int(Self.width) - filled)
        write("\r\(bar) \(part * 100 / total) % of \(total) records ")
    }

    func finish() { if shown != nil { write("\r\u{1B}[K") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
