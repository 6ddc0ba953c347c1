public import Messages

/// The three services.
public enum ServiceName: String, Hashable, Sendable, CaseIterable {
    case command = "command-service"
    case projection = "projection-service"
    case processManager = "process-manager-service"

    /// The groups that its instances are members of.
    public var groups: [ConsumerGroup] {
        switch self {
        case .command: [.commandService]
        case .projection: [.projectionCustomers, .projectionIndex]
        case .processManager: [.processManager]
        }
    }
}

extension ConsumerGroup {
    /// Whose instances are its members.
    public var service: ServiceName {
        switch self {
        case .commandService: .command
        case .projectionCustomers, .projectionIndex: .projection
        case .processManager: .processManager
        }
    }
}

/// One instance of a service.
public struct InstanceName: Hashable, Sendable, CustomStringConvertible {
    public var service: ServiceName
    public var number: Int

    public init(_ service: ServiceName, _ number: Int) {
        self.service = service
        self.number = number
    }

    public var description: String { "\(service.rawValue)-\(number)" }
}
