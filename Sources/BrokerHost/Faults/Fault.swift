public import KafkaProtocol

/// Something that is to go wrong, for tests.
public struct Fault: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The request is answered with an error code and not looked at.
        case error
        /// Request (`on: request`) or response (otherwise) wait for a time.
        case delay
        /// The request is done, but not answered; then the connection is closed.
        case dropResponse = "drop-response"
        /// The request is neither done nor answered. The connection stays.
        case dropRequest = "drop-request"
        /// The connection is closed, and the request is not done.
        case close
        /// The connection is closed at once, and the request is done after a time, when its client may have given up
        /// on it.
        case late
        /// From now on nothing is done at all for a time.
        case freeze
        /// From now on nobody can connect for a time. Connections that there are go on.
        case refuseConnections = "refuse-connections"
        /// Produce requests are refused with KAFKA_STORAGE_ERROR.
        case diskFull = "disk-full"

        /// Whether it begins when it is added, and does not wait for a request.
        var isImmediate: Bool { self == .freeze || self == .refuseConnections }
    }

    public enum Side: String, Hashable, Sendable {
        case request, response
    }

    public var kind: Kind
    /// Which requests it is for; nil for all.
    public var api: ApiKey?
    /// Whose requests it is for: what the client calls itself; nil for everybody's.
    public var clientID: String?
    /// How many requests it is for.
    public var count: Int
    public var code: ErrorCode
    public var milliseconds: Int64
    public var side: Side

    public init(
        _ kind: Kind, api: ApiKey? = nil, clientID: String? = nil, count: Int = 1,
        code: ErrorCode = .unknownServerError, milliseconds: Int64 = 0, side: Side = .response
    ) {
        self.kind = kind
        self.api = api
        self.clientID = clientID
        self.count = count
        self.code = code
        self.milliseconds = milliseconds
        self.side = side
    }

    func concerns(_ header: RequestHeader) -> Bool {
        if kind == .diskFull, header.apiKey != .produce { return false }
        return (api == nil || api == header.apiKey) && (clientID == nil || clientID == header.clientID)
    }
}

/// The faults that are to happen and those that have. Confined to the broker's loop.
final class FaultBoard {
    struct Entry {
        var id: Int
        var fault: Fault
        var consumed = 0

        var isSpent: Bool { consumed >= fault.count }
    }

    private(set) var entries: [Entry] = []
    private var nextID = 1
    /// Looked at for each request: no more than this when there is nothing to do.
    private var hasOpenEntries = false

    /// - Returns: the fault's id.
    func add(_ fault: Fault) -> Int {
        var entry = Entry(id: nextID, fault: fault)
        // What begins at once has happened.
        if fault.kind.isImmediate { entry.consumed = fault.count }
        nextID += 1
        entries.append(entry)
        hasOpenEntries = entries.contains { !$0.isSpent }
        return entry.id
    }

    /// The fault that befalls a request: the oldest one that is for it. It is consumed.
    func take(_ header: RequestHeader) -> Fault? {
        guard hasOpenEntries,
            let index = entries.firstIndex(where: { !$0.isSpent && $0.fault.concerns(header) })
        else { return nil }
        entries[index].consumed += 1
        hasOpenEntries = entries.contains { !$0.isSpent }
        return entries[index].fault
    }

    func clear() {
        entries.removeAll()
        hasOpenEntries = false
    }
}
