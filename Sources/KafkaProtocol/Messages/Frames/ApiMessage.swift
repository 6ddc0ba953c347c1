/// A request or response of an API, without its header.
public protocol ApiMessage: WireMessage {
    static var apiKey: ApiKey { get }
}

/// A request.
public protocol ApiRequest: ApiMessage {
    associatedtype Response: ApiResponse
}

/// A response.
public protocol ApiResponse: ApiMessage {}

extension ApiMessage {
    /// Reads one.
    ///
    /// - Throws: `WireError`; `unsupported` for a version outside of `ApiKey.supportedVersions`.
    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        guard Self.apiKey.supportedVersions.contains(version) else {
            throw .unsupported(apiKey: Self.apiKey.rawValue, version: version)
        }
        var decoder = WireDecoder(reader, version: version, flexible: Self.apiKey.isFlexible(version))
        self = .blank
        try code(&decoder)
        reader = decoder.reader
    }

    /// Appends it. Fields that the version does not have are left out.
    public func encode(to writer: inout WireWriter, version: Int16) {
        // The bytes are handed over and back, not copied.
        var encoder = WireEncoder(writer, version: version, flexible: Self.apiKey.isFlexible(version))
        writer = WireWriter(capacity: 0)
        var message = self
        message.code(&encoder)
        writer = encoder.writer
    }
}
