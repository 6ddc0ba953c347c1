import Foundation
public import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Runs a service's parts until it is told to stop, or one of them can't go on.
public enum ProgramRunner {
    /// Whether SIGTERM and SIGINT stop the program.
    public enum SignalHandling: Sendable {
        case stopOnSignals
        /// For tests: the process is not only ours.
        case ignoreSignals
    }

    /// Runs HTTP and loops. When a loop ends, HTTP fails, or SIGTERM or SIGINT comes, everything stops: first the
    /// loops, all at once, then HTTP. Further signals change nothing.
    ///
    /// - Parameters:
    ///   - service: the program's name, for the log.
    ///   - http: nil for no HTTP.
    ///   - loops: each gets a thread of its own. Without any, the program runs until it is told to stop.
    ///   - stop: set it to stop everything; setting it before means that nothing is started.
    ///   - gracePeriod: how long stopping may take. Whoever takes longer is abandoned.
    ///   - forceExit: called on another thread when the grace period is over; ends the process. Who was asked to stop
    ///     and could not finish in time (the broker does not answer, say) has still stopped as asked: what was in hand is
    ///     not committed, and the next start takes it up again.
    /// - Returns: how it went: the first failure, or `stopped`.
    public static func run(
        _ service: String, http: OperationsServer?, loops: [ProgramLoop], logger: Logger,
        stop: StopSignal = StopSignal(),
        signals: SignalHandling = .stopOnSignals, gracePeriod: Duration = .milliseconds(4_800),
        forceExit: @escaping @Sendable (ExitStatus) -> Void
    ) async -> ExitStatus {
        let loopService = LoopService(loops: loops, stop: stop, logger: logger)
        let isOver = StopSignal()
        let httpService = http.map { NotedService($0) }
        watch(stop, isOver, gracePeriod, logger, forceExit) {
            loopService.status == .stopped && httpService?.hasFailed == true ? .unavailable : loopService.status
        }
        // The last one is shut down first: the loops, while HTTP still tells how they are.
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
        if let http = httpService { services.append(configuration(of: http, name: "http")) }
        services.append(configuration(of: loopService, name: "loops"))
        var groupConfiguration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: signals == .stopOnSignals ? [.sigterm, .sigint] : [],
            logger: logger)
        // Connections that stay open are cut before the whole process is.
        groupConfiguration.maximumGracefulShutdownDuration = gracePeriod * 0.8

        var status = ExitStatus.stopped
        do {
            try await ServiceGroup(configuration: groupConfiguration).run()
        } catch let error as HTTPServerError {
            status = .unavailable
            logger.error("http failed, everything stops", metadata: ["reason": "\(error)"])
        } catch is CancellationError {
            logger.info("cancelled")
        } catch {
            status = .internalError
            logger.error("everything stops", metadata: ["reason": "\(error)"])
        }
        if loopService.status != .stopped { status = loopService.status }
        stop.set()
        isOver.set()
        logger.info("stopped", metadata: ["service": "\(service)", "status": "\(status.rawValue)"])
        return status
    }

    private static func configuration(
        of service: any Service, name: String
    ) -> ServiceGroupConfiguration.ServiceConfiguration {
        ServiceGroupConfiguration.ServiceConfiguration(
            service: service, successTerminationBehavior: .gracefullyShutdownGroup,
            failureTerminationBehavior: .gracefullyShutdownGroup, serviceName: name)
    }

    /// Ends the process when stopping takes too long. A thread, so that it works even if every other one hangs.
    private static func watch(
        _ stop: StopSignal, _ isOver: StopSignal, _ gracePeriod: Duration, _ logger: Logger,
        _ forceExit: @escaping @Sendable (ExitStatus) -> Void, status: @escaping @Sendable () -> ExitStatus
    ) {
        let thread = Thread {
            stop.wait()
            if isOver.wait(upTo: gracePeriod) { return }
            let status = status()
            logger.warning(
                "could not finish in time: work in hand is left to the next start, which takes it up again",
                metadata: ["gracePeriod": "\(gracePeriod)", "status": "\(status.rawValue)"])
            forceExit(status)
        }
        thread.name = "stop-watch"
        thread.start()
    }
}

/// A service that remembers whether it failed, for whoever asks before everything has ended.
private final class NotedService: Service {
    private let service: any Service
    private let failed = Atomic<Bool>(false)

    init(_ service: any Service) { self.service = service }

    var hasFailed: Bool { failed.load(ordering: .acquiring) }

    func run() async throws {
        do { try await service.run() } catch {
            if !(error is CancellationError) { failed.store(true, ordering: .releasing) }
            throw error
        }
    }
}
