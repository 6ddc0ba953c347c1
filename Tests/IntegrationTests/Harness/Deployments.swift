import Foundation
import Synchronization
import TestProcesses
import Testing

/// Who gets which deployment.
enum Deployments {
    /// How many tests may have a deployment of their own at the same time.
    private static let gate = Gate(ProcessInfo.processInfo.activeProcessorCount > 3 ? 4 : 2)
    /// Those who use a common one, one after the other.
    private static let turn = Gate(1)
    private static let common = Mutex<[Common: Result<Deployment, any Error>]>([:])

    /// Those that many tests share.
    enum Common: String {
        /// With the standard declaration.
        case standard = "shared"
        /// With a document that everybody must have, and an e-mail address.
        case documentAndEmail = "document-and-email"

        fileprivate var declaration: String? {
            switch self {
            case .standard: nil
            case .documentAndEmail:
                "attributes: [{name: document}, {name: email, normalize: email, required: false}]"
            }
        }
    }

    /// Runs a test on a deployment that many tests share: it is started once, because groups take seconds to form.
    static func shared(_ which: Common = .standard, _ body: @escaping @Sendable (Deployment) throws -> Void)
        async throws
    {
        await turn.enter()
        do {
            try await onOwnThread {
                let deployment = try common.withLock { common in
                    let started = common[which] ?? Result { try start(which.rawValue, declaration: which.declaration) }
                    common[which] = started
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
    /// - Parameter declaration: YAML; the standard one when nil.
    static func own(
        _ kind: String, _ guarantee: DeliveryGuarantee = .exactlyOnce, declaration: String? = nil,
        services: [Service] = Service.allCases, _ body: @escaping @Sendable (Deployment) throws -> Void
    ) async throws {
        await gate.enter()
        do {
            try await onOwnThread {
                let deployment = try start(kind, guarantee, declaration: declaration, services)
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
        _ kind: String, _ guarantee: DeliveryGuarantee = .exactlyOnce, declaration: String?,
        _ services: [Service] = Service.allCases
    ) throws -> Deployment {
        let deployment = try Deployment(kind, guarantee, declaration: declaration)
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
