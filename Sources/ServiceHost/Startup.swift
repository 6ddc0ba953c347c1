internal import EventLog
internal import Logging
internal import Messages
internal import Operations
internal import Processing

/// Waits until the broker answers, has the deployment's topics, and something is declared.
struct Startup {
    let names: DeploymentNames
    let reader: any LogReader
    let logger: Logger

    /// - Returns: what is declared; nil when the program is to stop.
    /// - Throws: `ProgramFailure` with 64 where topics have another number of partitions.
    func wait(_ stop: StopSignal) throws -> DeclarationHistory.Entry? {
        var attempt = 0
        while !stop.isSet {
            do {
                if let declared = try look(tells: attempt.isMultiple(of: 10), stop) { return declared }
            } catch let error as LogError where error.isRetriable {
                if attempt.isMultiple(of: 10) {
                    logger.warning("the broker can't be reached yet, trying on", metadata: ["error": "\(error)"])
                }
            } catch let problem as DeclarationProblem { throw ProgramFailure(.usage, problem.description) }
            stop.wait(upTo: .milliseconds(min(100 << min(attempt, 4), 1_000)))
            attempt += 1
        }
        return nil
    }

    private func look(tells: Bool, _ stop: StopSignal) throws -> DeclarationHistory.Entry? {
        let counts = try DeclarationReading.partitionCounts(reader, names: names)
        if let missing = Topic.allCases.first(where: { counts[$0] == nil }) {
            if tells {
                logger.warning(
                    "a topic is missing, waiting for it; `soleholder topics create` makes them all",
                    metadata: ["topic": "\(names.name(missing))"])
            }
            return nil
        }
        guard
            let declared = try DeclarationReading.read(reader, names: names, isOver: { stop.isSet })?.current
        else {
            if tells, !stop.isSet {
                logger.warning(
                    "nothing is declared yet, waiting for it; `soleholder topics create` does that",
                    metadata: ["topic": "\(names.name(.deployment))"])
            }
            return nil
        }
        try declared.declaration.check(counts)
        return declared
    }
}
