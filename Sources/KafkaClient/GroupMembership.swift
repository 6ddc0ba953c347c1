import CRdKafka

/// Who a consumer was in its group when it was given its partitions: what its transactions are fenced with (KIP-447).
///
/// It must be taken then and kept, never asked for anew when a transaction ends. A member that the group has put out
/// loses its id and its generation in librdkafka's background, before its owner hears of it. Transactional offsets that
/// come without both are not fenced at all: brokers take them for those of an older client. A frozen instance that
/// wakes up would commit what it had in hand, although others own its partitions by then.
@safe final class GroupMembership {
    let metadata: OpaquePointer?

    /// - Returns: nil while the client is no member of a generation.
    init?(of client: ClientHandle) {
        let taken = unsafe rd_kafka_consumer_group_metadata(client.raw)
        unsafe metadata = taken
        guard unsafe taken != nil, unsafe Self.isComplete(taken) else { return nil }
    }

    deinit {
        if let metadata = unsafe metadata { unsafe rd_kafka_consumer_group_metadata_destroy(metadata) }
    }

    /// The only view into librdkafka's object that all versions since 1.6 have is its serialised form: `CGMDv2:`, the
    /// generation as four bytes of the machine's order, the group's id, a zero, the member's id, a zero, and more.
    static func isComplete(_ serialised: [UInt8]) -> Bool {
        let magic = Array("CGMDv2:".utf8)
        // Another form is none that we can judge. The broker will, and what it can't judge is what librdkafka is for.
        guard serialised.starts(with: magic), serialised.count >= magic.count + 4 else { return true }
        let number = serialised[magic.count..<(magic.count + 4)]
        let generation = number.enumerated().reduce(UInt32(0)) { value, byte in
            value | UInt32(byte.element) << UInt32(8 * byte.offset)
        }
        let names = serialised[(magic.count + 4)...].split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        return Int32(bitPattern: UInt32(littleEndian: generation)) >= 0 && names.count > 1 && !names[1].isEmpty
    }

    private static func isComplete(_ metadata: OpaquePointer?) -> Bool {
        var buffer: UnsafeMutableRawPointer?
        var size = 0
        if let error = unsafe rd_kafka_consumer_group_metadata_write(metadata, &buffer, &size) {
            unsafe rd_kafka_error_destroy(error)
            return false
        }
        defer { unsafe rd_kafka_mem_free(nil, buffer) }
        return unsafe isComplete([UInt8](UnsafeRawBufferPointer(start: buffer, count: size)))
    }
}
