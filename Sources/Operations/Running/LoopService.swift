import Foundation
public import Logging
public import ServiceLifecycle

/// Work that blocks, on a thread of its own: never on the cooperative pool.
public struct ProgramLoop: Sendable {
    /// The thread's name.
    public let name: String
    let body: @Sendable (StopSignal) throws -> ExitStatus

    /// - Parameter body: works until the signal is set, or it can't go on. Throws `ProgramFailure` to say why; any
    ///   other error counts as a broken invariant.
    public init(_ name: String, body: @escaping @Sendable (StopSignal) throws -> ExitStatus) {
        self.name = name
        self.body = body
    }
}

/// Runs a program's loops side by side. They live and die together: when one ends, for whatever reason, or the group
/// is shut down, the others are told to stop, and the service ends when all have ended.
///
/// One service for all of them, because a group shuts its services down one after the other, and takes one that ends
/// out of turn for a failure.
public final class LoopService: Service {
    private let loops: [ProgramLoop]
    private let stop: StopSignal
    private let logger: Logger

    /// - Parameter stop: set it to stop the loops from elsewhere.
    public init(loops: [ProgramLoop], stop: StopSignal, logger: Logger) {
        self.loops = loops
        self.stop = stop
        self.logger = logger
    }

    /// How it went: the first status that was not `stopped`.
    public var status: ExitStatus { stop.failure?.status ?? .stopped }

    /// Returns when all loops have ended. If the signal was set before, none is started.
    public func run() async {
        await withTaskCancellationOrGracefulShutdownHandler {
            if loops.isEmpty { return await waitForStop() }
            await withTaskGroup(of: Void.self) { group in
                for loop in loops {
                    group.addTask { await self.runOnThread(loop) }
                }
            }
        } onCancelOrGracefulShutdown: { [stop, logger] in
            if !stop.isSet { logger.info("stopping") }
            stop.set()
        }
    }

    private func runOnThread(_ loop: ProgramLoop) async {
        await withCheckedContinuation { continuation in
            let thread = Thread {
                self.work(loop)
                continuation.resume()
            }
            thread.name = loop.name
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    private func waitForStop() async {
        await withCheckedContinuation { continuation in
            Thread {
                self.stop.wait()
                continuation.resume()
            }.start()
        }
    }

    private func work(_ loop: ProgramLoop) {
        if stop.isSet { return }
        var status: ExitStatus
        var reason = ""
        do { status = try loop.body(stop) } catch let failure as ProgramFailure {
            (status, reason) = (failure.status, failure.reason)
        } catch {
            (status, reason) = (.internalError, "\(error)")
        }
        var metadata: Logger.Metadata = ["loop": "\(loop.name)", "status": "\(status.rawValue)"]
        if !reason.isEmpty { metadata["reason"] = "\(reason)" }
        if status != .stopped {
            let failure = ProgramFailure(status, reason)
            // Who told already has only put its things away since.
            logger.log(
                level: stop.failure == failure ? .debug : .error, "loop failed, everything stops", metadata: metadata)
            stop.fail(failure)
        } else if stop.isSet {
            logger.debug("loop stopped", metadata: metadata)
        } else {
            logger.notice("loop ended by itself, everything stops", metadata: metadata)
        }
        stop.set()
    }
}
