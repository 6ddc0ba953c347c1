/// What is asked of the unique index through `unique-claims`.
public enum KeyWish: MessageBody {
    case claim(KeyClaim)
    case release(KeyRelease)

    public var type: String {
        switch self {
        case .claim(let claim): claim.isReservation ? "ReserveKey" : "ClaimKey"
        case .release: "ReleaseKey"
        }
    }

    public var customerID: String {
        switch self {
        case .claim(let claim): claim.customerID
        case .release(let release): release.customerID
        }
    }

    /// The key that it asks for, or gives back: that of its record.
    public var key: UniqueKey {
        switch self {
        case .claim(let claim): claim.key
        case .release(let release): release.key
        }
    }

    public var subject: String { customerID }

    public func write(to writer: inout JSONWriter) {
        switch self {
        case .claim(let claim): claim.write(to: &writer)
        case .release(let release): release.write(to: &writer)
        }
    }

    public init(type: String, data: JSONObject) throws(MessageProblem) {
        switch type {
        case "ClaimKey": self = .claim(try KeyClaim(data: data, isReservation: false))
        case "ReserveKey": self = .claim(try KeyClaim(data: data, isReservation: true))
        case "ReleaseKey": self = .release(try KeyRelease(data: data))
        default: throw .unknownType
        }
    }
}

/// Why keys are claimed.
public enum ClaimPurpose: String, Hashable, Sendable { case registration, change }

/// What keys are asked for by.
public enum ClaimGround: Hashable, Sendable {
    /// An event of the customer, which waits for them, or (with a reservation) has them already.
    case event(version: Int64, purpose: ClaimPurpose, reservation: String?)
    /// A reservation, before there is a customer.
    case reservation(String)

    /// The reservation's name, where there is one.
    public var reservation: String? {
        switch self {
        case .event(_, _, let reservation): reservation
        case .reservation(let name): name
        }
    }

    /// Version of the event, where there is one.
    public var version: Int64? {
        if case .event(let version, _, _) = self { version } else { nil }
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("reservation", reservation)
        if case .event(let version, let purpose, _) = self {
            writer.member("version", version)
            writer.member("purpose", purpose.rawValue)
        }
    }

    fileprivate init(data: JSONObject, isReservation: Bool) throws(MessageProblem) {
        if isReservation {
            self = .reservation(try data.required("reservation"))
            return
        }
        guard let purpose = ClaimPurpose(rawValue: try data.required("purpose")) else {
            throw .malformed("`purpose` is neither registration nor change")
        }
        let version = try data.requiredInteger("version")
        if version < 1 { throw .malformed("`version` is not positive") }
        self = .event(version: version, purpose: purpose, reservation: try data.optional("reservation"))
    }
}

/// The keys that somebody wants, all or none: a routing slip. They are asked for one after the other, in the declared
/// order, and whoever grants one sends the slip on to the next. Two who want the same keys can't defeat each other then.
public struct KeyClaim: Hashable, Sendable {
    public var customerID: String
    /// In the declared order, the same along the whole way; never empty.
    public private(set) var keys: [UniqueKey]
    /// The place, from 1, of the one that is asked for now.
    public private(set) var at: Int
    public var ground: ClaimGround

    /// - Returns: nil without a key.
    public init?(customerID: String, keys: [UniqueKey], ground: ClaimGround) {
        if keys.isEmpty { return nil }
        self.customerID = customerID
        self.keys = keys
        self.ground = ground
        at = 1
    }

    /// The one that is asked for now.
    public var key: UniqueKey { keys[at - 1] }

    public var isReservation: Bool {
        if case .reservation = ground { true } else { false }
    }

    /// Asks for the next one; nil behind the last.
    public var next: KeyClaim? {
        guard at < keys.count else { return nil }
        var claim = self
        claim.at += 1
        return claim
    }

    func write(to writer: inout JSONWriter) {
        writer.member("customerId", customerID)
        writer.member("keys", keys)
        writer.member("at", Int64(at))
        ground.write(to: &writer)
    }

    fileprivate init(data: JSONObject, isReservation: Bool) throws(MessageProblem) {
        customerID = try data.required("customerId")
        keys = try data.requiredKeys("keys")
        let place = try data.requiredInteger("at")
        guard (1...Int64(keys.count)).contains(place) else { throw .malformed("`at` is no place of a key") }
        at = Int(place)
        ground = try ClaimGround(data: data, isReservation: isReservation)
    }
}

/// Gives one key back: straight to it, whatever else is on its way. Versions decide, not the order of arrival.
public struct KeyRelease: Hashable, Sendable {
    public enum Ground: Hashable, Sendable {
        /// The event that gives it up: what was claimed by earlier ones is freed.
        case version(Int64)
        /// What was reserved under this name is.
        case reservation(String)
    }
    public var customerID: String
    public var key: UniqueKey
    public var ground: Ground
    /// From when it can be taken again; at once when nil.
    public var reusableFrom: ReusableFrom?

    public init(customerID: String, key: UniqueKey, ground: Ground, reusableFrom: ReusableFrom? = nil) {
        self.customerID = customerID
        self.key = key
        self.ground = ground
        self.reusableFrom = reusableFrom
    }

    func write(to writer: inout JSONWriter) {
        writer.member("customerId", customerID)
        key.write(to: &writer)
        switch ground {
        case .version(let version): writer.member("version", version)
        case .reservation(let name): writer.member("reservation", name)
        }
        writer.member("reusableFrom", reusableFrom?.description)
    }

    init(data: JSONObject) throws(MessageProblem) {
        customerID = try data.required("customerId")
        key = try UniqueKey(data: data)
        switch (data.integer("version"), try data.optional("reservation")) {
        case (let version?, nil) where version > 0: ground = .version(version)
        case (nil, let name?) where data.field("version") == .absent: ground = .reservation(name)
        default: throw .malformed("exactly one of `version` and `reservation` must be there")
        }
        if let text = try data.optional("reusableFrom") {
            guard let from = ReusableFrom(text) else {
                throw .malformed("`reusableFrom` is neither an RFC 3339 time nor `never`")
            }
            reusableFrom = from
        }
    }
}

/// What the unique index answers through `unique-verdicts`.
public enum KeyAnswer: MessageBody {
    case verdict(KeyVerdict)
    /// A key is free again. Of a release that freed nothing nothing is said.
    case released(KeyRelease)

    public var type: String {
        switch self {
        case .verdict(let verdict): verdict.type
        case .released: "KeyReleased"
        }
    }

    public var subject: String {
        switch self {
        case .verdict(let verdict): verdict.customerID
        case .released(let release): release.customerID
        }
    }

    public func write(to writer: inout JSONWriter) {
        switch self {
        case .verdict(let verdict): verdict.write(to: &writer)
        case .released(var release):
            release.reusableFrom = nil
            release.write(to: &writer)
        }
    }

    public init(type: String, data: JSONObject) throws(MessageProblem) {
        switch type {
        case "KeysClaimed", "KeysClaimRejected", "KeysReserved", "KeysReservationRejected":
            self = .verdict(try KeyVerdict(type: type, data: data))
        case "KeyReleased": self = .released(try KeyRelease(data: data))
        default: throw .unknownType
        }
    }
}

/// The one answer to a claim, however many keys it has: all of them, or none.
public struct KeyVerdict: Hashable, Sendable {
    public var customerID: String
    public var keys: [UniqueKey]
    public var ground: ClaimGround
    /// What was not had; nil when all keys are granted.
    public var loss: Loss?

    public init(on claim: KeyClaim, loss: Loss?) {
        customerID = claim.customerID
        keys = claim.keys
        ground = claim.ground
        self.loss = loss
    }

    public var isGranted: Bool { loss == nil }

    /// What is put behind the first claim's id to name it.
    public var suffix: String { isGranted ? "granted" : "rejected" }

    fileprivate var type: String {
        switch (ground, loss) {
        case (.event, nil): "KeysClaimed"
        case (.event, _?): "KeysClaimRejected"
        case (.reservation, nil): "KeysReserved"
        case (.reservation, _?): "KeysReservationRejected"
        }
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("customerId", customerID)
        writer.member("keys", keys)
        ground.write(to: &writer)
        loss?.write(to: &writer)
    }

    fileprivate init(type: String, data: JSONObject) throws(MessageProblem) {
        customerID = try data.required("customerId")
        keys = try data.requiredKeys("keys")
        ground = try ClaimGround(data: data, isReservation: type == "KeysReserved" || type == "KeysReservationRejected")
        loss = type == "KeysClaimRejected" || type == "KeysReservationRejected" ? try Loss(data: data) : nil
    }
}

/// The present holder of a key, as the compacted index topic tells it.
public struct KeyHolder: MessageBody {
    public enum Status: String, Hashable, Sendable { case claimed, reserved }

    public var key: UniqueKey
    public var customerID: String
    public var status: Status
    public var reservation: String?
    /// The deciding record's offset in `unique-claims`; readers ignore a lower one than they have.
    public var position: Int64

    /// The header in which a tombstone has its position, in decimal digits.
    public static let positionHeader = "position"

    public init(key: UniqueKey, customerID: String, status: Status, reservation: String?, position: Int64) {
        self.key = key
        self.customerID = customerID
        self.status = status
        self.reservation = reservation
        self.position = position
    }

    public var type: String { "KeyHolder" }
    public var subject: String { customerID }

    public func write(to writer: inout JSONWriter) {
        key.write(to: &writer)
        writer.member("customerId", customerID)
        writer.member("status", status.rawValue)
        writer.member("reservation", reservation)
        writer.member("position", position)
    }

    public init(type: String, data: JSONObject) throws(MessageProblem) {
        guard type == "KeyHolder" else { throw .unknownType }
        key = try UniqueKey(data: data)
        customerID = try data.required("customerId")
        guard let status = Status(rawValue: try data.required("status")) else {
            throw .malformed("`status` is neither claimed nor reserved")
        }
        self.status = status
        reservation = try data.optional("reservation")
        position = try data.requiredInteger("position")
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: String, _ keys: [UniqueKey]) {
        beginArray(name)
        for key in keys {
            beginObject()
            key.write(to: &self)
            endObject()
        }
        endArray()
    }
}

extension JSONObject {
    /// A list of keys that must be there: one for an attribute, at least one, at most as many as can be declared.
    fileprivate func requiredKeys(_ name: String) throws(MessageProblem) -> [UniqueKey] {
        guard let objects = objects(name) else { throw .malformed("`\(name)` is not a list of objects") }
        var keys: [UniqueKey] = []
        for object in objects {
            let key = try UniqueKey(data: object)
            if keys.contains(where: { $0.attribute == key.attribute }) {
                throw .malformed("an attribute is twice in `\(name)`")
            }
            keys.append(key)
        }
        guard (1...Declaration.attributeLimit).contains(keys.count) else {
            throw .malformed("`\(name)` has \(keys.count) keys")
        }
        return keys
    }

    /// The objects of an array, when it is there and has nothing else.
    private func objects(_ name: String) -> [JSONObject]? {
        guard let element = try? element(name), element.kind == .array else { return nil }
        var scanner = JSONScanner(bytes, range: element.range)
        var objects: [JSONObject] = []
        scanner.position += 1
        while true {
            scanner.skipSpace()
            if scanner.next == UInt8(ascii: "]") { return objects }
            guard let element = try? scanner.value(), element.kind == .object,
                let object = try? JSONObject(bytes, within: element.range)
            else { return nil }
            objects.append(object)
            scanner.skipSpace()
            if scanner.next == UInt8(ascii: ",") { scanner.position += 1 }
        }
    }
}
