public import Messages
public import Processing
public import ServiceCores
internal import StateStore

/// Reads committed state from any thread, for those who ask over HTTP.
public struct StateReading: Sendable {
    let board: ReadinessBoard

    /// The state of a group's worker; nil while it is not open.
    public func state(of group: ConsumerGroup) -> OpenState? {
        board.state(of: group).map {
            OpenState(declaration: $0.declaration, group: group, reader: $0.reader, board: board)
        }
    }
}

/// The state of a worker, read while it is written.
public struct OpenState: ServedState, Sendable {
    public let declaration: Declaration
    let group: ConsumerGroup
    let reader: SQLiteStateReader
    let board: ReadinessBoard

    public var partitionCount: Int32 { declaration.partitions }

    public func standing(of partition: Int32) -> ServedPartitions.Standing {
        board.standing(of: partition, in: group)
    }

    public func value(of table: StateTable, partition: Int32, key: [UInt8]) throws(StateStoreError) -> [UInt8]? {
        try reader.value(table: table, partition: partition, key: key)
    }
}
