internal import EventLog
internal import KafkaClient
internal import Logging
internal import Messages
internal import Operations
internal import Processing

/// Looks from time to time whether the topics are still as declared, and what is declared as it was.
///
/// librdkafka notices new partitions after minutes, and then has the group share them out. Until then clients that know
/// them already write to them, and nobody reads that.
struct DeploymentWatch: Sendable {
    let names: DeploymentNames
    let kafka: KafkaConfiguration
    let board: ReadinessBoard
    let logger: Logger

    private static let interval = Duration.seconds(5)

    var loop: ProgramLoop {
        ProgramLoop("deployment-watch") { stop in
            let reader = try KafkaLogReader(configuration: kafka, timeout: .seconds(2))
            defer { reader.close() }
            var told: Declaration?
            while !stop.wait(upTo: Self.interval) {
                guard let rules = board.rules else { continue }
                do {
                    guard
                        let declared = try DeclarationReading.read(reader, names: names, isOver: { stop.isSet })?
                            .current
                    else { continue }
                    try look(declared, rules, try DeclarationReading.partitionCounts(reader, names: names))
                    if declared.declaration != told, told != nil {
                        logger.warning(
                            "another declaration counts now; it is in force here after a restart",
                            metadata: ["revision": "\(declared.revision)"])
                    }
                    told = declared.declaration
                } catch let error as LogError {
                    // The workers tell of a broker that can't be reached.
                    logger.debug("could not look at the topics", metadata: ["error": "\(error)"])
                }
            }
            return .stopped
        }
    }

    private func look(
        _ declared: DeclarationHistory.Entry, _ rules: DeploymentRules, _ counts: [Topic: Int32]
    ) throws {
        do { try declared.declaration.check(counts) } catch { throw ProgramFailure(.usage, error.description) }
        guard let now = try? declared.declaration.rules(), now.normalization == rules.normalization else {
            throw ProgramFailure(
                .fenced,
                "revision \(declared.revision) of the declaration has other rules than this service runs by:"
                    + " it must be started again")
        }
    }
}
