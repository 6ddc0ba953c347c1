import ChaosPlanning
import Messages
import TestProcesses

/// Work on a service's groups while none of its instances runs: instances are stopped, the work is done on a thread of
/// its own, instances are started again.
final class GroupWork {
    let service: ServiceName
    private let instances: [Instance]
    private let body: @Sendable () throws -> String
    private var errand: Errand?
    private var startAgainAt: Int?
    private let pause: Int
    private(set) var result: Result<String, any Error>?

    /// - Parameter pause: for how many milliseconds the instances stay away after it.
    init(_ service: ServiceName, of all: [Instance], pause: Int = 0, _ body: @escaping @Sendable () throws -> String) {
        self.service = service
        self.pause = pause
        self.body = body
        instances = all.filter { $0.name.service == service }
        for instance in instances { instance.hold() }
    }

    /// - Returns: whether it is over.
    func turn() -> Bool {
        if let startAgainAt {
            guard Clock.milliseconds >= startAgainAt else { return false }
            for instance in instances { instance.release() }
            return true
        }
        guard instances.allSatisfy({ $0.phase == .away }) else { return false }
        let errand = self.errand ?? Errand(body)
        self.errand = errand
        if let result = errand.result {
            self.result = result
            startAgainAt = Clock.milliseconds + pause
        }
        return false
    }

    /// Brings the instances back as soon as the work is done.
    func hurry() { startAgainAt = startAgainAt.map { min($0, Clock.milliseconds) } }
}
