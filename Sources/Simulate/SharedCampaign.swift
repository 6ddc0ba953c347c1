internal import Foundation
internal import Simulation
internal import Synchronization

/// A campaign that several threads work on.
final class SharedCampaign: Sendable {
    private struct State {
        var next: UInt64
        var left: Int
        var campaign = Campaign()
        var progress: Progress
    }
    private let state: Mutex<State>
    private let keepsGoing: Bool
    private let end: Date?
    private let began = Date()

    init(first: UInt64, total: Int, keepsGoing: Bool, until end: Date?, progress: Progress) {
        self.end = end
        self.keepsGoing = keepsGoing
        state = Mutex(State(next: first, left: total, progress: progress))
    }

    var elapsed: Double { Date().timeIntervalSince(began) }

    /// The next seed; nil when there are enough, or the first has failed.
    func next() -> UInt64? {
        state.withLock { state in
            guard state.left > 0, keepsGoing || state.campaign.failures.isEmpty, end.map({ Date() < $0 }) ?? true else {
                return nil
            }
            state.left -= 1
            defer { state.next += 1 }
            return state.next
        }
    }

    func take(_ result: RunResult, _ isSame: Bool?) {
        state.withLock { state in
            state.campaign.take(result, isSame: isSame)
            state.progress.show(state.campaign.runs)
        }
    }

    func finish() -> Campaign {
        state.withLock { state in
            state.progress.end()
            return state.campaign
        }
    }
}

/// A line on the terminal that tells how far it is; nothing where nobody looks.
struct Progress: Sendable {
    private let total: Int?
    private let isShown = isatty(STDERR_FILENO) == 1
    private var last = Date.distantPast
    private let began = Date()

    init(total: Int?) { self.total = total }

    mutating func show(_ count: Int) {
        guard isShown, Date().timeIntervalSince(last) > 0.2 else { return }
        last = Date()
        let rate = Int(Double(count) / max(0.001, last.timeIntervalSince(began)) * 60)
        var text = "\(count) runs, \(rate) a minute"
        if let total {
            let width = 40
            let filled = min(width, count * width / max(1, total))
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
            text = "\(bar) \(count)/\(total), \(rate) a minute"
        }
        FileHandle.standardError.write(Data("\r\(text)\u{1B}[K".utf8))
    }

    func end() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
