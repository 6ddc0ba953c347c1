/// What stands before every request (the protocol guide, "Request Header").
public struct RequestHeader: Hashable, Sendable {
    public var apiKey: ApiKey
    public var apiVersion: Int16
    /// The client's number for the request, to be sent back with the response.
    public var correlationID: Int32
    /// What the client calls itself.
    public var clientID: String?

    public init(apiKey: ApiKey, apiVersion: Int16, correlationID: Int32 = 0, clientID: String? = nil) {
        self.apiKey = apiKey
        self.apiVersion = apiVersion
        self.correlationID = correlationID
        self.clientID = clientID
    }

    /// Whether the request can be read and answered at its version.
    public var isSupported: Bool { apiKey.supportedVersions.contains(apiVersion) }

    /// Reads a header of version 1, or of version 2 if the request's version is flexible.
    ///
    /// - Throws: `WireError.unsupported` for an API that is not known here.
    public init(from reader: inout WireReader) throws(WireError) {
        let key = try reader.int16()
        apiVersion = try reader.int16()
        guard let apiKey = ApiKey(rawValue: key) else { throw .unsupported(apiKey: key, version: apiVersion) }
        self.apiKey = apiKey
        correlationID = try reader.int32()
        // Never compact: an older broker must be able to read the header of any ApiVersions request (KIP-511).
        clientID = try reader.nullableString(false)
        try reader.taggedFields(apiKey.isFlexible(apiVersion))
    }

    public func encode(to writer: inout WireWriter) {
        writer.int16(apiKey.rawValue)
        writer.int16(apiVersion)
        writer.int32(correlationID)
        writer.nullableString(clientID, false)
        writer.noTaggedFields(apiKey.isFlexible(apiVersion))
    }
}
