/// The types of commands and requests. All that is to be said of one stands here.
enum CommandType: CaseIterable {
    // Of clients.
    case register, change, unregister, startRegistration
    // Of the process manager.
    case registerReserved, confirm, compensate, confirmChange, rejectChange

    var name: String {
        switch self {
        case .register, .registerReserved: "RegisterCustomer"
        case .change: "ChangeCustomer"
        case .unregister, .compensate: "UnregisterCustomer"
        case .startRegistration: "StartRegistration"
        case .confirm: "ConfirmCustomer"
        case .confirmChange: "ConfirmChange"
        case .rejectChange: "RejectChange"
        }
    }

    /// The one topic that it is taken from.
    var topic: Topic {
        switch self {
        case .register, .change, .unregister: .customerCommands
        case .startRegistration: .registrationRequests
        case .registerReserved, .confirm, .compensate, .confirmChange, .rejectChange: .processCommands
        }
    }

    /// Fields that only the process manager may set.
    static let guardedFields = ["reservation", "version", "attribute", "heldBy"]

    init?(_ name: String, in topic: Topic) {
        guard let type = Self.allCases.first(where: { $0.topic == topic && $0.name == name }) else { return nil }
        self = type
    }

    init(_ kind: ProcessCommand.Kind) {
        switch kind {
        case .confirm: self = .confirm
        case .compensate: self = .compensate
        case .confirmChange: self = .confirmChange
        case .rejectChange: self = .rejectChange
        case .register: self = .registerReserved
        }
    }

    /// Whether the contract has this type for some topic.
    static func isKnown(_ name: String) -> Bool { allCases.contains { $0.name == name } }
}
