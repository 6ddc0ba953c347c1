/// A request, a response, or an element of an array in one.
public protocol WireMessage: Hashable, Sendable {
    /// One with every field at its default: what reading begins with. Fields that the version does not have stay so.
    static var blank: Self { get }

    /// Goes over the fields that the coder's version has, in the order of the wire.
    mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure)
}

extension String: WireMessage {
    public static var blank: String { "" }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) { try coder.string(&self) }
}

extension Int32: WireMessage {
    public static var blank: Int32 { 0 }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) { try coder.int32(&self) }
}

extension Int64: WireMessage {
    public static var blank: Int64 { 0 }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) { try coder.int64(&self) }
}
