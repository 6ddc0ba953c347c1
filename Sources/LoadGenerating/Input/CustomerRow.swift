public import Messages

/// A row of an input file that can be registered.
public struct CustomerRow: Hashable, Sendable {
    /// The physical line on which the row begins, from 1.
    public var line: Int
    /// The values as the system will see them, in the declared order.
    public var values: UniqueValues
    /// The values as the file has them: a spelling for each of them.
    public var spellings: [String]
    /// The customer id; nil where the file has none, or an empty one.
    public var customerID: String?
    /// The name; nil where the file has none, or an empty one.
    public var name: String?

    public init(line: Int, values: UniqueValues, spellings: [String], customerID: String?, name: String?) {
        self.line = line
        self.values = values
        self.spellings = spellings
        self.customerID = customerID
        self.name = name
    }
}

/// A row of an input file that can't be registered, and why.
public struct UnusableRow: Hashable, Sendable, CustomStringConvertible {
    /// The physical line on which the row begins, from 1.
    public var line: Int
    public var reason: String

    public init(line: Int, reason: String) {
        self.line = line
        self.reason = reason
    }

    /// For people: `line 7: document is empty`.
    public var description: String { "line \(line): \(reason)" }
}

/// What a row of an input file turned out to be.
public enum CustomerFileEntry: Hashable, Sendable {
    case usable(CustomerRow)
    case unusable(UnusableRow)
}
