/// A state store without a disk: for tests of the cores and for simulation.
public final class InMemoryStateStore: PartitionStateStore {
    private struct Place: Hashable {
        var table: StateTable
        var partition: Int32
    }
    private var values: [Place: [[UInt8]: [UInt8]]] = [:]
    private var allPositions: [Int32: [String: Int64]] = [:]

    public init() {}

    /// A store of its own with the same content: what a backup of a state directory is.
    public func copy() -> InMemoryStateStore {
        let copy = InMemoryStateStore()
        copy.values = values
        copy.allPositions = allPositions
        return copy
    }

    public func positions(partition: Int32) -> [String: Int64] { allPositions[partition] ?? [:] }

    public func value(table: StateTable, partition: Int32, key: [UInt8]) -> [UInt8]? {
        values[Place(table: table, partition: partition)]?[key]
    }

    public func entries(table: StateTable, partition: Int32, through bound: [UInt8], limit: Int)
        -> [(key: [UInt8], value: [UInt8])]
    {
        let all = values[Place(table: table, partition: partition)] ?? [:]
        let sorted = all.filter { !bound.lexicographicallyPrecedes($0.key) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        return sorted.prefix(limit).map { ($0.key, $0.value) }
    }

    public func commit(_ changes: [PartitionChanges]) {
        for partition in changes {
            for change in partition.changes {
                values[Place(table: change.table, partition: partition.partition), default: [:]][change.key] =
                    change.value
            }
            allPositions[partition.partition, default: [:]].merge(partition.positions) { $1 }
        }
    }

    public func wipe(partition: Int32, rows: Int) -> Bool {
        allPositions[partition] = nil
        var isEmpty = true
        for place in values.keys.filter({ $0.partition == partition }) {
            for key in (values[place] ?? [:]).keys.sorted(by: { $0.lexicographicallyPrecedes($1) }).prefix(rows) {
                values[place]?[key] = nil
            }
            if values[place]?.isEmpty == false { isEmpty = false }
        }
        return isEmpty
    }

    public func close() {}
}
