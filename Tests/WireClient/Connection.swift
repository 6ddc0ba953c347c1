package import KafkaProtocol
import TestProcesses

/// A connection that speaks Kafka's protocol, one request after the other or several on their way. Confined to one
/// thread.
package final class Connection {
    package let address: Address
    package let socket: Socket
    /// The versions that both sides speak.
    private var versions: [ApiKey: ClosedRange<Int16>] = [:]
    private var correlation: Int32 = 0
    package static let patience = Duration.seconds(30)

    package init(_ address: Address, clientID: String = "semantics", receiveBuffer: Int32? = nil) throws {
        self.address = address
        self.clientID = clientID
        socket = try Socket(address, receiveBuffer: receiveBuffer)
    }

    private let clientID: String

    /// A request that was sent, whose answer is to come. Answers come in the order of the requests.
    package struct Pending<Request: ApiRequest> {
        var correlationID: Int32
        var version: Int16
    }

    /// The highest version that both sides speak.
    package func version(of key: ApiKey) throws -> Int16 {
        if versions.isEmpty { versions = try agreed() }
        guard let range = versions[key] else { throw Failure("\(address) does not speak \(key)") }
        return range.upperBound
    }

    package func speaks(_ key: ApiKey) throws -> Bool {
        if versions.isEmpty { versions = try agreed() }
        return versions[key] != nil
    }

    private func agreed() throws -> [ApiKey: ClosedRange<Int16>] {
        let request = ApiVersionsRequest(clientSoftwareName: "soleholder-tests", clientSoftwareVersion: "1")
        // Older brokers answer a version that they do not know in version 0; the frame is read accordingly.
        let answer = try call(request, version: 3)
        var result: [ApiKey: ClosedRange<Int16>] = [:]
        for theirs in answer.apiKeys {
            guard let key = ApiKey(rawValue: theirs.apiKey) else { continue }
            let ours = key.supportedVersions
            let low = max(ours.lowerBound, theirs.minVersion)
            let high = min(ours.upperBound, theirs.maxVersion)
            if low <= high { result[key] = low...high }
        }
        return result
    }

    package func call<Request: ApiRequest>(
        _ request: Request, version: Int16? = nil, within time: Duration = Connection.patience
    ) throws -> Request.Response {
        try receive(try send(request, version: version), within: time)
    }

    package func send<Request: ApiRequest>(_ request: Request, version: Int16? = nil) throws -> Pending<Request> {
        let version = try version ?? self.version(of: Request.apiKey)
        correlation += 1
        var writer = WireWriter()
        writer.int32(0)
        RequestHeader(apiKey: Request.apiKey, apiVersion: version, correlationID: correlation, clientID: clientID)
            .encode(to: &writer)
        request.encode(to: &writer, version: version)
        writer.overwrite(int32: Int32(writer.count - 4), at: 0)
        try socket.send(writer.bytes)
        return Pending(correlationID: correlation, version: version)
    }

    package func receive<Request: ApiRequest>(
        _ pending: Pending<Request>, within time: Duration = Connection.patience
    ) throws -> Request.Response {
        let bytes = try receiveFrame(within: time)
        var reader = WireReader(bytes)
        let header = try ResponseHeader(from: &reader, apiKey: Request.apiKey, version: pending.version)
        guard header.correlationID == pending.correlationID else {
            throw Failure("\(Request.apiKey): answer \(header.correlationID) to request \(pending.correlationID)")
        }
        var version = pending.version
        if Request.apiKey == .apiVersions {
            var ahead = reader
            if try ahead.int16() == ErrorCode.unsupportedVersion.rawValue { version = 0 }
        }
        let response = try Request.Response(from: &reader, version: version)
        guard reader.remaining == 0 else {
            throw Failure("\(Request.apiKey) \(version): \(reader.remaining) bytes behind the answer")
        }
        return response
    }

    /// An answer's bytes, without the length before them.
    package func receiveFrame(within time: Duration = Connection.patience) throws -> [UInt8] {
        var reader = WireReader(try socket.receive(4, within: time))
        let length = Int(try reader.int32())
        guard length >= 4, length <= 200 << 20 else { throw Failure("an answer of \(length) bytes") }
        return try socket.receive(length, within: time)
    }

    package func close() { socket.close() }
}
