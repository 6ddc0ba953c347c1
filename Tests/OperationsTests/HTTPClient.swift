import Logging
import NIOCore
import NIOPosix
import Operations
import ServiceLifecycle

/// A connection over a real socket that sends a request as it is written: no library tidies up its path.
enum HTTPClient {
    struct Answer: Sendable {
        var status: Int
        var head: String
        var body: String
    }

    struct BadAnswer: Error {
        var text: String
    }

    static func get(_ target: String, at address: HTTPAddress, method: String = "GET") async throws -> Answer {
        let text = try await exchange(
            "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", at: address)
        guard let separator = text.firstRange(of: "\r\n\r\n") else { throw BadAnswer(text: text) }
        let head = String(text[..<separator.lowerBound])
        let words = head.split(separator: " ", maxSplits: 2)
        guard words.count > 1, let status = Int(words[1]) else { throw BadAnswer(text: text) }
        return Answer(status: status, head: head.lowercased(), body: String(text[separator.upperBound...]))
    }

    static func connect(_ address: HTTPAddress) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        guard case .listen(let host, let port) = address else { throw BadAnswer(text: "no address") }
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: host, port: Int(port)) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
            }
    }

    private static func exchange(_ request: String, at address: HTTPAddress) async throws -> String {
        try await connect(address).executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var answer = ByteBuffer()
            for try await part in inbound { answer.writeImmutableBuffer(part) }
            return String(buffer: answer)
        }
    }
}

/// A logger that says nothing.
let silent = Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() }
