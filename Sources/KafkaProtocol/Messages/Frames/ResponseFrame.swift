/// A response with its header.
public struct ResponseFrame: Hashable, Sendable {
    public var correlationID: Int32
    public var response: AnyResponse

    public init(correlationID: Int32, response: AnyResponse) {
        self.correlationID = correlationID
        self.response = response
    }

    /// Reads the whole response to a request.
    ///
    /// An ApiVersions response that says "unsupported version" is read at version 0, whatever was asked (KIP-511).
    ///
    /// - Parameters:
    ///   - bytes: the frame without the length before it.
    ///   - apiKey: the API of the request.
    ///   - version: the version of the request.
    public static func decode(_ bytes: [UInt8], apiKey: ApiKey, version: Int16) throws(WireError) -> ResponseFrame {
        var reader = WireReader(bytes)
        let header = try ResponseHeader(from: &reader, apiKey: apiKey, version: version)
        var version = version
        if apiKey == .apiVersions {
            var ahead = reader
            if try ahead.int16() == ErrorCode.unsupportedVersion.rawValue { version = 0 }
        }
        let response = try AnyResponse(apiKey, from: &reader, version: version)
        guard reader.remaining == 0 else { throw .trailing(reader.remaining) }
        return ResponseFrame(correlationID: header.correlationID, response: response)
    }

    /// The response as it goes over the wire, with its length before it.
    ///
    /// - Parameter version: the version of the request. One that is not supported is answered at version 0: that happens
    ///   to ApiVersions only.
    public func encoded(version: Int16) -> [UInt8] {
        let apiKey = response.apiKey
        let version = apiKey.supportedVersions.contains(version) ? version : 0
        var writer = WireWriter(capacity: response.sizeEstimate)
        writer.int32(0)
        ResponseHeader(correlationID: correlationID).encode(to: &writer, apiKey: apiKey, version: version)
        response.encode(to: &writer, version: version)
        writer.overwrite(int32: Int32(truncatingIfNeeded: writer.count - 4), at: 0)
        return writer.bytes
    }
}

extension AnyResponse {
    /// About how many bytes it takes, so that records are copied once and not again as the room for them grows.
    fileprivate var sizeEstimate: Int {
        guard case .fetch(let response) = self else { return 256 }
        var size = 256
        for topic in response.topics {
            size += 64 + topic.name.utf8.count
            for partition in topic.partitions {
                size += 128 + (partition.records?.count ?? 0) + 20 * (partition.abortedTransactions?.count ?? 0)
            }
        }
        return size
    }
}
