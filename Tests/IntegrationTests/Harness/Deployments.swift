import Foundation
import Synchronization
import TestProcesses
import Testing

/// Who gets which deployment.
enum Deployments {
    /// How many tests may have a deployment of their own at the same time.
    private static let gate = Gate(ProcessInfo.processInfo.activeProcessorCount > 3 ? 4 : 2)
    /// Those who use the common one, one after the other.
    private static let turn = Gate(1)
    private static let common = Mutex<Result<Deployment, any Error>?>(nil)

    /// Runs a test on the deployment that many tests share: it is started once, because groups take seconds to form.
    static func shared(_ body: @escaping @Sendable (Deployment) throws -> Void) async throws {
        await turn.enter()
        do {
            try await onOwnThread {
                let deployment = try common.withLock { common in
                    if let common { return try common.get() }
                    let started = Result { try start("shared") }
                    common = started
                    return try started.get()
                }
                try telling(deployment, body)
            }
        } catch {
            await turn.leave()
            throw error
        }
        await turn.leave()
    }

    /// Runs a test on a deployment of its own: broker and services, or the broker alone.
    static func own(
        _ kind: String, _ guarantee: DeliveryGuarantee = .exactlyOnce, services: [Service] = Service.allCases,
        _ body: @escaping @Sendable (Deployment) throws -> Void
    ) async throws {
        await gate.enter()
        do {
            try await onOwnThread {
                let deployment = try start(kind, guarantee, services)
                defer {
                    deployment.stop()
                    try? FileManager.default.removeItem(at: deployment.folder)
                }
                try telling(deployment, body)
            }
        } catch {
            await gate.leave()
            throw error
        }
        await gate.leave()
    }

    private static func start(
        _ kind: String, _ guarantee: DeliveryGuarantee = .exactlyOnce, _ services: [Service] = Service.allCases
    ) throws -> Deployment {
        let deployment = try Deployment(kind, guarantee)
        if !services.isEmpty { try deployment.start(services) }
        return deployment
    }

    private static func telling(_ deployment: Deployment, _ body: (Deployment) throws -> Void) throws {
        let before = Issues.count
        defer { if Issues.count != before { tell("logs of the failed test:\n\(deployment.logs)\n") } }
        do { try body(deployment) } catch {
            tell("logs of the failed test:\n\(deployment.logs)\n")
            throw error
        }
    }

    private static func tell(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// Counts the issues of the tests, so that logs are shown to those who need them.
enum Issues {
    private static let counter = Atomic<Int>(0)
    static var count: Int { counter.load(ordering: .relaxed) }

    /// The trait for every suite that uses a deployment.
    static let counted = IssueHandlingTrait.compactMapIssues { issue in
        counter.wrappingAdd(1, ordering: .relaxed)
        return issue
    }
}

extension Trait where Self == TimeLimitTrait {
    /// Ends a test that hangs. A test waits for its deployment within this time, until the tests before it have given
    /// theirs back, so the limit has to be longer than all of them together.
    static var hangLimit: Self { .timeLimit(.minutes(60)) }
}
