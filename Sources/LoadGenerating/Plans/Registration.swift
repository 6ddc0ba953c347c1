/// One registration that the load generator asks for: one command, which may be sent several times.
public struct Registration: Hashable, Sendable {
    /// Its place in the order of sending, from 0.
    public var index: Int
    /// The record key.
    public var customerID: String
    /// The document as it is sent, in any spelling.
    public var document: String
    /// The document as the system will see it.
    public var normalizedDocument: String
    public var name: String?
    /// The id of the command's envelope; the same whenever the command is sent again.
    public var commandID: String
    /// Whether an earlier registration of the plan has the same customer id. This one will then be rejected.
    public var isRepeatedCustomer: Bool
    /// The physical line of the input file on which it begins, from 1; nil if it was generated.
    public var line: Int?
    /// The answer that it goes through.
    public var answer: Answer

    public init(
        index: Int, customerID: String, document: String, normalizedDocument: String, name: String?, commandID: String,
        isRepeatedCustomer: Bool, line: Int?, answer: Answer = .compensate
    ) {
        self.index = index
        self.customerID = customerID
        self.document = document
        self.normalizedDocument = normalizedDocument
        self.name = name
        self.commandID = commandID
        self.isRepeatedCustomer = isRepeatedCustomer
        self.line = line
        self.answer = answer
    }
}
