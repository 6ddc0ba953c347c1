import KafkaProtocol

/// Fills a message's fields in from an input: with what could mean something to a broker, with extremes, with anything.
struct LikelyCoder: WireCoder {
    typealias Failure = Never
    typealias TagSection = Void

    let version: Int16
    let flexible: Bool
    var input: FuzzBytes
    let memory: Memory

    private static let words = [
        "t", "u", "tx", "g", "t", "consumer", "range", "v", "", "cleanup.policy", "compact", "1", "retention.ms",
        "segment.ms", "delete", "compact,delete", "min.cleanable.dirty.ratio", "retention.bytes",
        "message.timestamp.type",
        "LogAppendTime", "max.message.bytes", "9223372036854775807", "-1", "0", "segment.bytes", "h", "static-1",
    ]

    private mutating func integer<Value: FixedWidthInteger>(_ value: inout Value, _ likely: [Int64]) {
        let choice = input.byte()
        switch choice {
        case 0..<160: value = Value(truncatingIfNeeded: Int(choice & 7) - 2)
        case 160..<240: value = Value(truncatingIfNeeded: likely[Int(choice) % likely.count])
        case 240..<244: value = Value.max
        case 244..<248: value = Value.min
        default: value = input.integer()
        }
    }

    mutating func bool(_ value: inout Bool) { value = input.flag() }
    mutating func int8(_ value: inout Int8) { integer(&value, [2, 4, 1]) }
    mutating func int16(_ value: inout Int16) { integer(&value, [Int64(memory.producer.epoch), -1]) }

    mutating func int32(_ value: inout Int32) {
        integer(&value, [100, 10_000, 1_000_000, 5] + memory.members.map { Int64($0.generation) })
    }

    mutating func int64(_ value: inout Int64) { integer(&value, [memory.producer.id, 5, 1_000_000, 20]) }

    mutating func uuid(_ value: inout WireUUID) {
        let choice = input.below(memory.topicIDs.count + 1)
        value = choice == 0 ? .zero : memory.topicIDs[choice - 1]
    }

    mutating func text(_ value: inout String?, nullable: Bool) {
        let choice = Int(input.byte())
        switch choice {
        case 255: value = nullable ? nil : ""
        case 240..<255: value = String(decoding: input.take(choice - 239), as: UTF8.self)
        case 160..<240:
            value = memory.members.isEmpty ? "m" : memory.members[choice % memory.members.count].id
        default: value = Self.words[choice % Self.words.count]
        }
    }

    mutating func blob(_ value: inout [UInt8]?, nullable: Bool) {
        switch input.byte() {
        case 0..<20: value = nullable ? nil : []
        case 20..<60: value = input.take(input.below(80))
        case 60..<100:
            var bytes = Batches.batch(count: 1 + input.below(3))
            let position = input.below(bytes.count)
            bytes[position] = input.byte()
            Checksums.repair(&bytes)
            value = bytes
        case 100..<140:
            value = Batches.batch(count: 1 + input.below(3), key: input.byte(), at: Int64(input.byte()) << 12)
        default:
            value = Batches.batch(
                count: 1, producer: memory.producer, sequence: memory.sequences["t"] ?? 0, isTransactional: input.flag()
            )
        }
    }

    mutating func elements<Element: WireMessage>(_ values: inout [Element]?, nullable: Bool) {
        let choice = input.byte()
        if choice > 250, nullable {
            values = nil
            return
        }
        values = (0..<(choice < 16 ? 0 : choice < 200 ? 1 : 2)).map { _ in
            var element = Element.blank
            element.code(&self)
            return element
        }
    }

    mutating func beginTags() {}
    mutating func beginTag(_ tag: UInt32, in section: inout Void, isSet: Bool) -> Bool { flexible && input.flag() }
    mutating func endTag(in section: inout Void) {}
    mutating func endTags(_ section: Void) {}
    mutating func noTags() {}
}

/// What producers send.
enum Batches {
    static func batch(
        count: Int, key: UInt8 = 1, at time: Int64 = 1_000_000, producer: (id: Int64, epoch: Int16) = (-1, -1),
        sequence: Int32 = -1, isTransactional: Bool = false
    ) -> [UInt8] {
        let records = (0..<count).map { number in
            BatchRecord(
                offset: Int64(number), timestamp: time, key: [key], value: number == 2 ? nil : [key &+ UInt8(number)])
        }
        return RecordBatchWriter.batch(
            records, attributes: BatchAttributes(isTransactional: isTransactional), producerID: producer.id,
            producerEpoch: producer.epoch, baseSequence: sequence)
    }
}
