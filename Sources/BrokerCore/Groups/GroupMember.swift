/// A member of a live group.
struct GroupMember: Sendable {
    /// Whether a request of the member waits for the group.
    enum Waiting: Sendable {
        case no
        /// Without a token: the client is gone, but what it asked for still stands, as in Kafka.
        case parked(RequestToken?)

        var isParked: Bool {
            switch self {
            case .no: false
            case .parked: true
            }
        }

        var token: RequestToken? {
            switch self {
            case .no: nil
            case .parked(let token): token
            }
        }
    }

    var record: MemberRecord
    /// Members are told apart by it where an order is needed: who came first has the smaller number.
    var arrival: Int64
    /// Has not been in a generation yet. Such a one may wait five minutes for its first, then it is taken for gone.
    var isNew = true
    var join = Waiting.no
    var sync = Waiting.no
    /// When the member is taken for dead unless it is heard from. nil while a request of it waits.
    var sessionDeadline: Int64?

    var id: String { record.memberID }
    var isStatic: Bool { record.instanceID != nil }

    func metadata(for protocolName: String?) -> [UInt8] {
        record.protocols.first { $0.name == protocolName }?.metadata ?? []
    }
}
