package import EventLog
package import Messages
package import Processing
package import ServiceCores

/// The three services of a deployment.
package enum Service: String, Hashable, Sendable, CaseIterable {
    case command = "command-service"
    case projection = "projection-service"
    case processManager = "process-manager-service"

    /// Each group is worked on by a thread of its own.
    package var groups: [ConsumerGroup] {
        switch self {
        case .command: [.commandService]
        case .projection: [.projectionCustomers, .projectionIndex]
        case .processManager: [.processManager]
        }
    }
}

/// What becomes of the records that a group's core wants to be written.
package typealias RecordAlteration = (ConsumerGroup, [OutgoingRecord]) -> [OutgoingRecord]

/// Makes the cores that a deployment runs. The services' own, unless a fault is planted.
package struct CoreFactory: Sendable {
    package var make: @Sendable (ConsumerGroup, Declaration, (any KeyAdvice)?) -> any ServiceCore
    /// Makes for each run, by its number of partitions, what alters its cores' records; nil lets them be.
    package var alteration: (@Sendable (Int32) -> RecordAlteration)?

    package init(
        alteration: (@Sendable (Int32) -> RecordAlteration)? = nil,
        make: @escaping @Sendable (ConsumerGroup, Declaration, (any KeyAdvice)?) -> any ServiceCore
    ) {
        self.alteration = alteration
        self.make = make
    }

    /// As the programs make them.
    package static let services = CoreFactory { group, declaration, advice in
        switch group {
        case .commandService: CommandCore(declaration, advice: advice)
        case .projectionCustomers: CustomerProjectionCore()
        case .projectionIndex: KeyIndexCore()
        case .processManager: ProcessManagerCore(declaration)
        }
    }
}
