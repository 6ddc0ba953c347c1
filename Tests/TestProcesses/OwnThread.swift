internal import Foundation

/// Runs each job on a thread of its own: tests that wait for processes block, and the pool that all tests share has
/// only as many threads as the machine has cores.
private final class OwnThreads: TaskExecutor {
    static let shared = OwnThreads()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = unsafe asUnownedTaskExecutor()
        let thread = Thread { unsafe job.runSynchronously(on: executor) }
        thread.stackSize = 8 << 20
        thread.start()
    }
}

/// Runs blocking code as part of the test's own task, so that its issues are the test's.
package func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withTaskExecutorPreference(OwnThreads.shared) { try await concurrently(body) }
}

@concurrent private func concurrently<Value: Sendable>(_ body: @Sendable () throws -> Value) async throws -> Value {
    try body()
}

private let heavy = Gate(max(1, ProcessInfo.processInfo.activeProcessorCount / 2))

/// Runs code that takes a processor for seconds, on half of the processors at a time: processes under test have the others.
/// On the threads that all tests share it keeps tests that wait for each other from going on, until they fail by their
/// time limits.
package func onHeavyThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    await heavy.enter()
    do {
        let value = try await onOwnThread(body)
        await heavy.leave()
        return value
    } catch {
        await heavy.leave()
        throw error
    }
}

/// Lets only so many through at a time.
package actor Gate {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package init(_ count: Int) { free = count }

    package func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    package func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
