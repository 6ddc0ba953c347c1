/// A request with its header.
public struct RequestFrame: Hashable, Sendable {
    public var header: RequestHeader
    public var request: AnyRequest

    public init(header: RequestHeader, request: AnyRequest) {
        self.header = header
        self.request = request
    }

    /// Reads a whole request.
    ///
    /// An ApiVersions request of a version that is not known here is not an error: its header comes with an empty request,
    /// and `RequestHeader.isSupported` is false. It is to be answered with error 35 and the versions that are known
    /// (KIP-511); `ResponseFrame.encoded(version:)` then takes version 0.
    ///
    /// What stands behind the request is passed over, as Kafka does: librdkafka 2.16 leaves three zeros behind a Metadata
    /// request of version 12 for all topics.
    ///
    /// - Parameter bytes: the frame without the length before it.
    /// - Throws: `WireError`. The connection can't be used any more then: there is no way to answer.
    public static func decode(_ bytes: [UInt8]) throws(WireError) -> RequestFrame {
        var reader = WireReader(bytes)
        let header = try RequestHeader(from: &reader)
        if header.apiKey == .apiVersions, !header.isSupported {
            return RequestFrame(header: header, request: .apiVersions(ApiVersionsRequest()))
        }
        let request = try AnyRequest(header.apiKey, from: &reader, version: header.apiVersion)
        return RequestFrame(header: header, request: request)
    }

    /// The request as it goes over the wire, with its length before it.
    public func encoded() -> [UInt8] {
        var writer = WireWriter()
        writer.int32(0)
        header.encode(to: &writer)
        request.encode(to: &writer, version: header.apiVersion)
        writer.overwrite(int32: Int32(truncatingIfNeeded: writer.count - 4), at: 0)
        return writer.bytes
    }
}
