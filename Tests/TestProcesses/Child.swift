package import Foundation
import Glibc
import Synchronization

/// A process that a test has started: what it writes goes to files, and it is ended by its own id, whatever happens.
package final class Child: Sendable {
    package let name: String
    /// What it writes to stderr (and to stdout, unless that is kept apart).
    package let log: URL
    private let id: pid_t
    private let ended = Mutex<End?>(nil)

    /// - Parameters:
    ///   - environment: on top of our own, without whatever configures the product there.
    ///   - output: gets stdout; nil puts it into the log.
    package init(
        _ name: String, executable: URL, arguments: [String], environment: [String: String] = [:], log: URL,
        output: URL? = nil, input: URL? = nil
    ) throws {
        self.name = name
        self.log = log
        let environment = Self.cleanEnvironment.merging(environment) { _, given in given }
        id = try spawn(
            executable.path, arguments: arguments, environment: environment.map { "\($0.key)=\($0.value)" },
            input: input?.path ?? "/dev/null",
            output: output?.path ?? log.path, errors: log.path)
        Reaper.shared.watch(self)
    }

    deinit { kill() }

    private static let cleanEnvironment = ProcessInfo.processInfo.environment.filter {
        !$0.key.hasPrefix("SOLEHOLDER_") && !$0.key.hasPrefix("KAFKA_")
    }

    package var isRunning: Bool { end == nil }

    /// How it ended; nil while it runs. Its id is given up in here alone, so that no signal can hit another process.
    private var end: End? {
        ended.withLock { ended in
            if ended == nil { ended = reap(id) }
            return ended
        }
    }

    package func signal(_ number: Int32) {
        ended.withLock { ended in
            if ended == nil { ended = reap(id) }
            if ended == nil { _ = Glibc.kill(id, number) }
        }
    }

    /// To look it up in /proc; not to signal it.
    package var processID: Int32 { id }

    /// SIGKILL: it gets no chance to do anything more.
    package func kill() { signal(SIGKILL) }

    /// SIGTERM; SIGKILL when it does not end by that.
    @discardableResult
    package func stop(within time: Duration = .seconds(10)) -> End {
        signal(SIGTERM)
        if let end = end(within: time) { return end }
        kill()
        return end(within: .seconds(10)) ?? .signal(SIGKILL)
    }

    /// How a process ended.
    package enum End: Hashable, Sendable {
        case exit(Int32)
        case signal(Int32)
    }

    /// Waits for its end; nil when it runs on.
    package func end(within time: Duration) -> End? {
        _ = poll(for: time, every: .milliseconds(5)) { !isRunning }
        return end
    }

    package var logText: String { (try? Data(contentsOf: log)).map { String(decoding: $0, as: UTF8.self) } ?? "" }
}

/// glibc's since 2.34; its module does not show it.
private let closeFrom = unsafe dlsym(nil, "posix_spawn_file_actions_addclosefrom_np").map {
    unsafe unsafeBitCast(
        $0, to: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32).self)
}

/// Starts a process. Not Foundation's way: its `Process` is not made for many threads that start processes at once (it
/// crashed in `run`, and missed ends while another child held a socket of it).
private func spawn(
    _ path: String, arguments: [String], environment: [String], input: String, output: String, errors: String
) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    // Sockets that other tests have open in this process are not for a child: while it holds one, its peer does not see
    // it close, and nobody can listen on its port again.
    unsafe _ = closeFrom?(&actions, 3)

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
    // Our threads block signals; a child must hear them.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    unsafe sigfillset(&signals)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
    var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer {
        // swift-format-ignore: ReplaceForEachWithForLoop
        unsafe words.forEach { unsafe free($0) }
        // swift-format-ignore: ReplaceForEachWithForLoop
        unsafe variables.forEach { unsafe free($0) }
    }
    var id: pid_t = 0
    let failure = unsafe posix_spawn(&id, path, &actions, &attributes, &words, &variables)
    if failure != 0 { throw Failure("\(path) can't be started: error \(failure)") }
    return id
}

/// How a child of ours ended; nil while it runs.
private func reap(_ id: pid_t) -> Child.End? {
    var status: Int32 = 0
    guard unsafe waitpid(id, &status, WNOHANG) == id else { return nil }
    let signal = status & 0x7f
    return signal == 0 ? .exit(status >> 8 & 0xff) : .signal(signal)
}

/// Ends what still runs when the tests end.
private final class Reaper: Sendable {
    static let shared = Reaper()
    private struct Weak: @unchecked Sendable { weak var child: Child? }
    private let children = Mutex<[Weak]>([])

    private init() { atexit { Reaper.shared.end() } }

    func watch(_ child: Child) {
        children.withLock { children in
            children.removeAll { $0.child == nil }
            children.append(Weak(child: child))
        }
    }

    private func end() {
        let left = children.withLock { $0.compactMap(\.child) }
        for child in left { child.signal(SIGTERM) }
        for child in left { child.stop() }
    }
}

/// Asks until a condition holds, or time is up.
package func poll(for time: Duration, every pause: Duration = .milliseconds(20), _ condition: () throws -> Bool)
    rethrows
    -> Bool
{
    let deadline = ContinuousClock.now + time
    while try !condition() {
        if ContinuousClock.now >= deadline { return false }
        // The pause between two looks at a condition.
        Thread.sleep(forTimeInterval: Double(pause.components.attoseconds) / 1e18 + Double(pause.components.seconds))
    }
    return true
}
