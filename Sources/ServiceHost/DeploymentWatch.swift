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
            while !stop.wait(upTo: Self.interval) {
                guard let known = board.declared else { continue }
                do {
                    guard
                        let declared = try DeclarationReading.read(reader, names: names, isOver: { stop.isSet })?
                            .current
                    else { continue }
                    try look(declared, known, try DeclarationReading.partitionCounts(reader, names: names))
                    if declared.revision > known.revision {
                        logger.notice(
                            "another declaration counts now; its reuse is in force from each command service's next assignment on",
                            metadata: ["revision": "\(declared.revision)"])
                        board.adopt(declared)
                    }
                } catch let error as LogError {
                    // The workers tell of a broker that can't be reached.
                    logger.debug("could not look at the topics", metadata: ["error": "\(error)"])
                }
            }
            return .stopped
        }
    }

    private func look(
        _ declared: DeclarationHistory.Entry, _ known: DeclarationHistory.Entry, _ counts: [Topic: Int32]
    ) throws {
        do { try declared.declaration.check(counts) } catch { throw ProgramFailure(.usage, error.description) }
        // Before any record was written more may have been changed: what is decided by both would not fit together.
        guard declared.declaration.continues(known.declaration) else {
            throw ProgramFailure(
                .fenced,
                "revision \(declared.revision) of the declaration has other rules than this service runs by:"
                    + " it must be started again")
        }
    }
}
