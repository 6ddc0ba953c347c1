public import Messages

/// A partition's state during one batch: the store, seen through the batch's own changes. The changes are thrown away
/// when the batch is not committed.
public struct PartitionState {
    private struct Place: Hashable {
        var table: StateTable
        var key: [UInt8]
    }

    public let partition: Int32
    private let store: any PartitionStateStore
    private var changed: [Place: [UInt8]?] = [:]

    init(partition: Int32, store: any PartitionStateStore) {
        self.partition = partition
        self.store = store
    }

    public func value(_ table: StateTable, _ key: [UInt8]) throws(StateStoreError) -> [UInt8]? {
        if let value = changed[Place(table: table, key: key)] { return value }
        return try store.value(table: table, partition: partition, key: key)
    }

    /// - Parameter value: nil removes the key.
    public mutating func set(_ table: StateTable, _ key: [UInt8], to value: [UInt8]?) {
        changed[Place(table: table, key: key)] = .some(value)
    }

    /// The next offset of a topic that the committed state does not stand for.
    public func position(in topic: Topic) throws(StateStoreError) -> Int64 {
        try store.positions(partition: partition)[topic.rawValue] ?? 0
    }

    /// The committed entries with the smallest keys up to `bound`. This batch's own changes are not among them.
    public func committedEntries(_ table: StateTable, through bound: [UInt8], limit: Int)
        throws(StateStoreError) -> [(key: [UInt8], value: [UInt8])]
    {
        try store.entries(table: table, partition: partition, through: bound, limit: limit)
    }

    /// What the batch changes, in no particular order: the store applies it in one step.
    var changes: [StateChange] {
        changed.map { StateChange(table: $0.key.table, key: $0.key.key, value: $0.value) }
    }
}
