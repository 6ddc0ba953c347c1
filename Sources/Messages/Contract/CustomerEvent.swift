/// An event in a customer's stream: the book of record.
public struct CustomerEvent: MessageBody {
    /// What happened.
    public enum Kind: Hashable, Sendable {
        case registered(name: String?, status: Status, reservation: String?)
        case confirmed
        /// The event's values are those that the customer gives up.
        /// - Parameters:
        ///   - loss: what was lost, of a duplicate.
        ///   - wanted: of a change that was in flight; it is given up as well.
        case unregistered(Reason, loss: Loss?, wanted: ValueChanges?, reusableFrom: ReuseTimes)
        /// The event's values are held until the verdict on those that are wanted.
        case changeStarted(wanted: ValueChanges)
        /// The event's values are the new ones, `previous` those that are given up.
        case changed(previous: UniqueValues, reusableFrom: ReuseTimes)
        /// The event's values are kept, `rejected` are those that were not had.
        case changeRejected(rejected: UniqueValues, Loss)
    }
    /// How sure a registration is of its values.
    public enum Status: String, Hashable, Sendable { case pending, confirmed }
    /// Why a customer was unregistered. A reason of a later version is carried as it came; whatever it is, the customer
    /// is gone.
    public struct Reason: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        public static let requested = Self(rawValue: "requested")
        public static let duplicate = Self(rawValue: "duplicate")
    }

    public var customerID: String
    /// The event's place in its stream, from 1.
    public var version: Int64
    /// Normalized, in the declared order.
    public var values: UniqueValues
    public var kind: Kind

    public init(customerID: String, version: Int64, values: UniqueValues, kind: Kind) {
        self.customerID = customerID
        self.version = version
        self.values = values
        self.kind = kind
    }

    /// The id that this event has, as a function of its place.
    public var id: String { Self.id(customerID: customerID, version: version) }

    public static func id(customerID: String, version: Int64) -> String { "\(customerID)@\(version)" }

    public var subject: String { customerID }

    public var type: String {
        switch kind {
        case .registered: "CustomerRegistered"
        case .confirmed: "CustomerConfirmed"
        case .unregistered: "CustomerUnregistered"
        case .changeStarted: "CustomerChangeStarted"
        case .changed: "CustomerChanged"
        case .changeRejected: "CustomerChangeRejected"
        }
    }

    public func write(to writer: inout JSONWriter) {
        writer.member("customerId", customerID)
        writer.member("version", version)
        writer.member("values", values)
        switch kind {
        case .registered(let name, let status, let reservation):
            writer.member("name", name)
            writer.member("status", status.rawValue)
            writer.member("reservation", reservation)
        case .confirmed: break
        case .unregistered(let reason, let loss, let wanted, let reusableFrom):
            writer.member("reason", reason.rawValue)
            loss?.write(to: &writer)
            if let wanted { writer.member("wanted", wanted) }
            writer.member("reusableFrom", reusableFrom)
        case .changeStarted(let wanted): writer.member("wanted", wanted)
        case .changed(let previous, let reusableFrom):
            writer.member("previous", previous)
            writer.member("reusableFrom", reusableFrom)
        case .changeRejected(let rejected, let loss):
            writer.member("rejected", rejected)
            loss.write(to: &writer)
        }
    }

    public init(type: String, data: JSONObject) throws(MessageProblem) {
        switch type {
        case "CustomerRegistered":
            guard let status = Status(rawValue: try data.required("status")) else {
                throw .malformed("`status` is neither pending nor confirmed")
            }
            kind = .registered(
                name: data.text("name"), status: status, reservation: try data.optional("reservation"))
        case "CustomerConfirmed": kind = .confirmed
        case "CustomerUnregistered":
            kind = .unregistered(
                Reason(rawValue: try data.required("reason")), loss: Loss(optional: data),
                wanted: try data.changes("wanted"), reusableFrom: try data.reuseTimes("reusableFrom"))
        case "CustomerChangeStarted": kind = .changeStarted(wanted: try data.requiredChanges("wanted"))
        case "CustomerChanged":
            kind = .changed(
                previous: try data.requiredValues("previous"), reusableFrom: try data.reuseTimes("reusableFrom"))
        case "CustomerChangeRejected":
            kind = .changeRejected(rejected: try data.requiredValues("rejected"), try Loss(data: data))
        default: throw .unknownType
        }
        customerID = try data.required("customerId")
        version = try data.requiredInteger("version")
        values = try data.requiredValues("values")
        if version < 1 { throw .malformed("`version` is not positive") }
    }
}
