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

/// Makes the cores that a deployment runs. The services' own, unless a fault is planted.
package struct CoreFactory: Sendable {
    package var make: @Sendable (ConsumerGroup, DocumentReuse, (any DocumentAdvice)?) -> any ServiceCore

    package init(make: @escaping @Sendable (ConsumerGroup, DocumentReuse, (any DocumentAdvice)?) -> any ServiceCore) {
        self.make = make
    }

    /// As the programs make them.
    package static let services = CoreFactory { group, reuse, advice in
        switch group {
        case .commandService: CommandCore(normalization: .alphanumeric, advice: advice)
        case .projectionCustomers: CustomerProjectionCore(reuse: reuse)
        case .projectionIndex: DocumentIndexCore()
        case .processManager: ProcessManagerCore(normalization: .alphanumeric)
        }
    }
}
