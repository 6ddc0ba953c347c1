public import KafkaProtocol

/// What must outlive the broker about topics. The topics are the fold of all entries in order.
public enum TopicJournalEntry: Hashable, Sendable {
    /// The topic's name stands for this topic from here on, until it is deleted.
    case created(name: String, id: WireUUID, partitions: Int32, configs: [String: String])
    /// The topic has so many partitions now.
    case partitionsAdded(name: String, count: Int32)
    /// The topic has these settings now, and no others.
    case configured(name: String, configs: [String: String])
    /// The topic is gone, with its partitions and their records.
    case deleted(name: String)

    /// The entry's bytes: a number for its kind, then its fields in Kafka's flexible primitives.
    public func write(to writer: inout WireWriter) {
        switch self {
        case .created(let name, let id, let partitions, let configs):
            writer.int8(1)
            writer.string(name, true)
            writer.uuid(id)
            writer.int32(partitions)
            writer.settings(configs)
        case .partitionsAdded(let name, let count):
            writer.int8(2)
            writer.string(name, true)
            writer.int32(count)
        case .configured(let name, let configs):
            writer.int8(3)
            writer.string(name, true)
            writer.settings(configs)
        case .deleted(let name):
            writer.int8(4)
            writer.string(name, true)
        }
    }

    /// Reads what `write` wrote, and nothing behind it.
    public init(from reader: inout WireReader) throws(WireError) {
        let kind = try reader.int8()
        let name = try reader.string(true)
        switch kind {
        case 1:
            self = .created(
                name: name, id: try reader.uuid(), partitions: try reader.int32(), configs: try reader.settings())
        case 2: self = .partitionsAdded(name: name, count: try reader.int32())
        case 3: self = .configured(name: name, configs: try reader.settings())
        case 4: self = .deleted(name: name)
        default: throw .unsupported(apiKey: -1, version: Int16(kind))
        }
    }
}

extension WireWriter {
    fileprivate mutating func settings(_ configs: [String: String]) {
        array(configs.sorted { $0.key < $1.key }, true) { writer, config in
            writer.string(config.key, true)
            writer.string(config.value, true)
        }
    }
}

extension WireReader {
    fileprivate mutating func settings() throws(WireError) -> [String: String] {
        let pairs = try array(true) { reader throws(WireError) in (try reader.string(true), try reader.string(true)) }
        return Dictionary(pairs) { _, last in last }
    }
}
