import Foundation
import Glibc
import KafkaProtocol

@testable import BrokerHost

/// A client on a blocking socket that sends and reads what the test says, byte for byte.
final class SocketClient {
    struct Failure: Error {
        var text: String
    }

    private let descriptor: Int32
    private var correlationID: Int32 = 0
    let clientID: String

    init(port: Int, clientID: String = "test") throws {
        self.clientID = clientID
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(descriptor, $0, size) }
        }
        // Whoever throws here is deinitialised, and closes: not twice, the number may be another's by then.
        guard status == 0 else { throw Failure(text: "can't connect: \(errno)") }
        // A test that waits for what never comes fails, and does not hang.
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { Glibc.close(descriptor) }

    func write(_ bytes: [UInt8]) throws {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(text: "can't send: \(errno)") }
            done += count
        }
    }

    /// Reads so many bytes; fewer when the connection ends before.
    func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe recv(descriptor, buffer.baseAddress.map { unsafe $0 + done }, count - done, 0)
            }
            if got < 0, errno != ECONNRESET { throw Failure(text: "nothing came: \(errno)") }
            if got <= 0 { break }
            done += got
        }
        return Array(bytes[..<done])
    }

    /// Whether the other end closed the connection.
    func isClosed() throws -> Bool { try read(1).isEmpty }

    /// Sends a request; returns its number.
    @discardableResult
    func send(_ request: AnyRequest, version: Int16? = nil) throws -> Int32 {
        correlationID += 1
        let version = version ?? request.apiKey.supportedVersions.upperBound
        let header = RequestHeader(
            apiKey: request.apiKey, apiVersion: version, correlationID: correlationID, clientID: clientID)
        try write(RequestFrame(header: header, request: request).encoded())
        return correlationID
    }

    func receive(_ apiKey: ApiKey, version: Int16? = nil) throws -> ResponseFrame {
        let prefix = try read(4)
        guard prefix.count == 4 else { throw Failure(text: "the connection was closed") }
        let length = prefix.reduce(0) { $0 << 8 | Int($1) }
        let bytes = try read(length)
        guard bytes.count == length else { throw Failure(text: "the connection was closed within a response") }
        return try ResponseFrame.decode(bytes, apiKey: apiKey, version: version ?? apiKey.supportedVersions.upperBound)
    }

    func ask(_ request: AnyRequest, version: Int16? = nil) throws -> AnyResponse {
        let number = try send(request, version: version)
        let frame = try receive(request.apiKey, version: version)
        guard frame.correlationID == number else { throw Failure(text: "the answer to another request") }
        return frame.response
    }
}

extension SocketClient {
    /// One HTTP exchange; returns status line and body.
    func http(_ method: String, _ path: String, _ body: String = "") throws -> (status: String, body: String) {
        let head = "\(method) \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: \(body.utf8.count)"
        try write(Array("\(head)\r\n\r\n\(body)".utf8))
        let text = String(decoding: try read(1 << 16), as: UTF8.self)
        let parts = text.components(separatedBy: "\r\n\r\n")
        return (String(text.prefix { $0 != "\r" && $0 != "\r\n" }), parts.count > 1 ? parts[1] : "")
    }

    /// Appends a batch; returns what the broker says of it.
    func produce(
        _ topic: String, _ texts: [String], partition: Int32 = 0, acks: Int16 = -1
    ) throws -> ProduceResponse.Partition {
        try send(.produce(Self.produceRequest(topic, texts, partition: partition, acks: acks)))
        guard case .produce(let response) = try receive(.produce).response,
            let answer = response.topics.first?.partitions.first
        else { throw Failure(text: "no answer to produce") }
        return answer
    }

    static func produceRequest(
        _ topic: String, _ texts: [String], partition: Int32 = 0, acks: Int16 = -1
    ) -> ProduceRequest {
        let records = texts.enumerated().map { number, text in
            BatchRecord(
                offset: Int64(number), timestamp: 1_000 + Int64(number), key: Array("key".utf8), value: Array(text.utf8)
            )
        }
        let part = ProduceRequest.Partition(partitionIndex: partition, records: RecordBatchWriter.batch(records))
        return ProduceRequest(
            acks: acks, timeoutMs: 5_000, topics: [ProduceRequest.Topic(name: topic, partitions: [part])])
    }

    static func fetchRequest(
        _ topic: String, from offset: Int64, partition: Int32 = 0, maxWait: Int32 = 0, minBytes: Int32 = 1
    ) throws -> FetchRequest {
        var request = FetchRequest.blank
        request.maxWaitMs = maxWait
        request.minBytes = minBytes
        request.maxBytes = 1 << 20
        var part = FetchRequest.Partition.blank
        part.partitionIndex = partition
        part.currentLeaderEpoch = -1
        part.fetchOffset = offset
        part.partitionMaxBytes = 1 << 20
        var wanted = FetchRequest.Topic.blank
        wanted.name = topic
        wanted.partitions = [part]
        request.topics = [wanted]
        return request
    }

    /// The values of the records from an offset on.
    func fetch(_ topic: String, from offset: Int64 = 0, partition: Int32 = 0, maxWait: Int32 = 0) throws -> [String] {
        let request = try Self.fetchRequest(topic, from: offset, partition: partition, maxWait: maxWait)
        guard case .fetch(let response) = try ask(.fetch(request)) else { throw Failure(text: "no answer to fetch") }
        return try Self.values(response)
    }

    static func values(_ response: FetchResponse) throws -> [String] {
        guard let part = response.topics.first?.partitions.first, part.errorCode == .none else {
            throw Failure(text: "fetch failed: \(response)")
        }
        let bytes = part.records ?? []
        var texts: [String] = []
        var position = 0
        while position < bytes.count {
            let section = try RecordSection(bytes, at: position)
            texts += try section.records().map { String(decoding: $0.value ?? [], as: UTF8.self) }
            position += section.header.sizeInBytes
        }
        return texts
    }
}
