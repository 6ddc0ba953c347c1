/// The types of commands and requests, and where each is taken from.
enum CommandType {
    // Of clients.
    case register, changeDocument, unregister, startRegistration
    // Of the process manager.
    case registerReserved, confirm, compensate, confirmChange, rejectChange

    /// Fields that only the process manager may set.
    static let guardedFields = ["heldBy", "reservation", "version"]

    init?(_ type: String, in topic: Topic) {
        switch (topic, type) {
        case (.customerCommands, "RegisterCustomer"): self = .register
        case (.customerCommands, "ChangeCustomerDocument"): self = .changeDocument
        case (.customerCommands, "UnregisterCustomer"): self = .unregister
        case (.registrationRequests, "StartRegistration"): self = .startRegistration
        case (.processCommands, "RegisterCustomer"): self = .registerReserved
        case (.processCommands, "ConfirmCustomer"): self = .confirm
        case (.processCommands, "UnregisterCustomer"): self = .compensate
        case (.processCommands, "ConfirmDocumentChange"): self = .confirmChange
        case (.processCommands, "RejectDocumentChange"): self = .rejectChange
        default: return nil
        }
    }

    /// Whether the contract has this type for another topic alone.
    static func isKnownElsewhere(_ type: String, than topic: Topic) -> Bool {
        let client: Set = ["RegisterCustomer", "ChangeCustomerDocument", "UnregisterCustomer"]
        let process: Set = [
            "RegisterCustomer", "ConfirmCustomer", "UnregisterCustomer", "ConfirmDocumentChange",
            "RejectDocumentChange",
        ]
        let requests: Set = ["StartRegistration"]
        let here =
            switch topic {
            case .customerCommands: client
            case .processCommands: process
            default: requests
            }
        return !here.contains(type) && (client.contains(type) || process.contains(type) || requests.contains(type))
    }

    /// In the order in which RFC 8785 sorts them.
    static func knownFields(of type: String, in topic: Topic) -> [String] {
        switch (topic, type) {
        case (.customerCommands, "RegisterCustomer"), (.registrationRequests, "StartRegistration"):
            ["document", "heldBy", "name", "reservation", "version"]
        case (.customerCommands, "ChangeCustomerDocument"): ["document", "heldBy", "reservation", "version"]
        case (.customerCommands, "UnregisterCustomer"): guardedFields
        case (.processCommands, "RegisterCustomer"): ["document", "name", "reservation"]
        case (.processCommands, "ConfirmCustomer"), (.processCommands, "ConfirmDocumentChange"):
            ["document", "version"]
        case (.processCommands, "RejectDocumentChange"): ["document", "heldBy", "version"]
        case (.processCommands, "UnregisterCustomer"): ["document", "heldBy", "reason", "version"]
        default: []
        }
    }
}
