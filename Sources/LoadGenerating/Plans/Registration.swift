public import Messages

/// One registration that the load generator asks for: one command or request, which may be sent several times.
public struct Registration: Hashable, Sendable {
    /// Its place in the order of sending, from 0.
    public var index: Int
    /// The record key.
    public var customerID: String
    /// The values as the system will see them, in the declared order.
    public var values: UniqueValues
    /// The values as they are sent: a spelling for each of them.
    public var spellings: [String]
    public var name: String?
    /// The id of the command's envelope; the same whenever the command is sent again.
    public var commandID: String
    /// Whether an earlier registration of the plan has the same customer id. This one will then be rejected.
    public var isRepeatedCustomer: Bool
    /// The physical line of the input file on which it begins, from 1; nil if it was generated.
    public var line: Int?
    /// The strategy that it goes through.
    public var strategy: RegistrationStrategy

    public init(
        index: Int, customerID: String, values: UniqueValues, spellings: [String], name: String?, commandID: String,
        isRepeatedCustomer: Bool, line: Int?, strategy: RegistrationStrategy = .compensate
    ) {
        self.index = index
        self.customerID = customerID
        self.values = values
        self.spellings = spellings
        self.name = name
        self.commandID = commandID
        self.isRepeatedCustomer = isRepeatedCustomer
        self.line = line
        self.strategy = strategy
    }

    /// Whether it is sent as a request (`StartRegistration`). Under a derived id a client may register a customer with
    /// the first value alone; further values go by reservation.
    public var isRequest: Bool {
        switch strategy {
        case .compensate: false
        case .reserve: true
        case .derived: values.keys.count > 1
        }
    }
}
