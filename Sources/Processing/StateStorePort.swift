/// A collection of a partition's state, by name. Names are lower-case identifiers: they become table names.
public struct StateTable: Hashable, Sendable {
    public let name: String

    /// - Parameter name: letters a to z and underscores.
    public init(_ name: String) { self.name = name }
}

/// One change of a partition's state.
public struct StateChange: Hashable, Sendable {
    public var table: StateTable
    public var key: [UInt8]
    /// The new value; nil removes the key.
    public var value: [UInt8]?

    public init(table: StateTable, key: [UInt8], value: [UInt8]?) {
        self.table = table
        self.key = key
        self.value = value
    }
}

/// All that one batch changes in one partition: the state, and the log positions that it stands for afterwards.
public struct PartitionChanges: Sendable {
    public var partition: Int32
    public var changes: [StateChange]
    /// Topic (without the deployment's prefix) to the next offset to be folded.
    public var positions: [String: Int64]

    public init(partition: Int32, changes: [StateChange], positions: [String: Int64]) {
        self.partition = partition
        self.changes = changes
        self.positions = positions
    }
}

/// A failure of the local store: what was tried, on which file, and what the database said.
public struct StateStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        /// The file belongs to another deployment or partition count: refused, nothing was changed.
        case foreign
        /// Someone else has it open.
        case locked
        /// Disk full, permission, I/O error.
        case io
    }
    public var code: Code
    public var detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { "state store (\(code.rawValue)): \(detail)" }
}

/// The state of partitions, durable together with the log position that it stands for. A cache of the log: it may be
/// behind it, or gone, but never ahead. Confined to one thread.
public protocol PartitionStateStore: AnyObject {
    /// Topic to the next offset to be folded; empty for a partition that nothing is known of.
    func positions(partition: Int32) throws(StateStoreError) -> [String: Int64]
    /// The value of a key; nil when there is none.
    func value(table: StateTable, partition: Int32, key: [UInt8]) throws(StateStoreError) -> [UInt8]?
    /// The entries with the smallest keys (bytewise), up to and including `bound`, at most `limit`.
    func entries(table: StateTable, partition: Int32, through bound: [UInt8], limit: Int)
        throws(StateStoreError) -> [(key: [UInt8], value: [UInt8])]
    /// Applies all changes and positions in one atomic, durable step.
    func commit(_ changes: [PartitionChanges]) throws(StateStoreError)
    /// Forgets a partition, at most so many rows of each table in one step, its positions in the first. A partition that
    /// has no positions may be wiped in part, and is wiped before anything is folded into it.
    /// - Returns: whether nothing is left.
    func wipe(partition: Int32, rows: Int) throws(StateStoreError) -> Bool
    func close()
}
