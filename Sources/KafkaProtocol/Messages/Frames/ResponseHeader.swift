/// What stands before every response (the protocol guide, "Response Header").
public struct ResponseHeader: Hashable, Sendable {
    /// The number that the request had.
    public var correlationID: Int32

    public init(correlationID: Int32) { self.correlationID = correlationID }

    /// Version 1 has tagged fields; version 0 has not. The response of ApiVersions always has version 0, so that a client
    /// can read it before it knows what the broker speaks (KIP-511).
    private static func isFlexible(_ apiKey: ApiKey, _ version: Int16) -> Bool {
        apiKey != .apiVersions && apiKey.isFlexible(version)
    }

    public init(from reader: inout WireReader, apiKey: ApiKey, version: Int16) throws(WireError) {
        correlationID = try reader.int32()
        try reader.taggedFields(Self.isFlexible(apiKey, version))
    }

    public func encode(to writer: inout WireWriter, apiKey: ApiKey, version: Int16) {
        writer.int32(correlationID)
        writer.noTaggedFields(Self.isFlexible(apiKey, version))
    }
}
