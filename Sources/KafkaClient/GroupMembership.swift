import CRdKafka

/// Who a consumer was in its group when it was given its partitions: what its transactions are fenced with (KIP-447).
///
/// It is taken then and kept, never asked for anew when a transaction ends. What librdkafka knows changes in its
/// background, before the owner of the member hears of it: an unknown member or a session that timed out costs the
/// member's id, an illegal generation costs the generation. What is left does not always fence. In a group that has no
/// members any more brokers take transactional offsets without a generation, whoever sends them; and offsets with
/// neither are taken for those of a client that is older than KIP-447. A frozen instance whose successor has come and
/// gone could put the group back, and commit what it had in hand.
@safe final class GroupMembership {
    /// What a member says of itself.
    struct Identity: Hashable {
        /// -1 for none.
        var generation: Int32
        var memberID: String

        /// Whether a broker can tell it from others, and so from what it once was.
        var isComplete: Bool { generation >= 0 && !memberID.isEmpty }
    }

    let metadata: OpaquePointer?

    /// - Returns: nil while the client is no member of a generation.
    init?(of client: ClientHandle) {
        let taken = unsafe rd_kafka_consumer_group_metadata(client.raw)
        unsafe metadata = taken
        guard unsafe taken != nil else { return nil }
        // An identity in a form that is not known here is the broker's to judge.
        if let identity, !identity.isComplete { return nil }
    }

    deinit {
        if let metadata = unsafe metadata { unsafe rd_kafka_consumer_group_metadata_destroy(metadata) }
    }

    /// Whether the client is still the one that it was then. What can't be compared is the broker's to judge.
    func isStill(_ client: ClientHandle) -> Bool {
        guard let identity else { return true }
        return Self.identity(of: client) == identity
    }

    /// Who a client is at this moment.
    static func identity(of client: ClientHandle) -> Identity? {
        let metadata = unsafe rd_kafka_consumer_group_metadata(client.raw)
        guard let metadata = unsafe metadata else { return nil }
        defer { unsafe rd_kafka_consumer_group_metadata_destroy(metadata) }
        return unsafe identity(in: metadata)
    }

    var identity: Identity? { unsafe Self.identity(in: metadata) }

    private static func identity(in metadata: OpaquePointer?) -> Identity? {
        var buffer: UnsafeMutableRawPointer?
        var size = 0
        if let error = unsafe rd_kafka_consumer_group_metadata_write(metadata, &buffer, &size) {
            unsafe rd_kafka_error_destroy(error)
            return nil
        }
        defer { unsafe rd_kafka_mem_free(nil, buffer) }
        return unsafe identity([UInt8](UnsafeRawBufferPointer(start: buffer, count: size)))
    }

    /// Reads the only view into librdkafka's object that its interface gives, the serialised form: `CGMDv2:`, the
    /// generation as four bytes of the machine's order, the group's id, a zero, the member's id, a zero, and more.
    /// - Returns: nil for another form.
    static func identity(_ serialised: [UInt8]) -> Identity? {
        let magic = Array("CGMDv2:".utf8)
        guard serialised.starts(with: magic), serialised.count >= magic.count + 4 else { return nil }
        let number = serialised[magic.count..<(magic.count + 4)]
        let generation = number.enumerated().reduce(UInt32(0)) { value, byte in
            value | UInt32(byte.element) << UInt32(8 * byte.offset)
        }
        let names = serialised[(magic.count + 4)...].split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        guard names.count > 1 else { return nil }
        return Identity(
            generation: Int32(bitPattern: UInt32(littleEndian: generation)),
            memberID: String(decoding: names[1], as: UTF8.self))
    }
}
