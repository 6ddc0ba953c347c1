import Foundation
import Glibc

/// One small question over HTTP to a process of this machine. Blocks for a second at most.
enum HTTP {
    struct Answer {
        var status: Int
        var body: String
    }

    /// - Parameter address: `127.0.0.1:port`.
    /// - Returns: nil when nobody answers.
    static func request(_ method: String, _ path: String, at address: String, body: String = "") -> Answer? {
        guard let port = address.split(separator: ":").last.flatMap({ UInt16($0) }) else { return nil }
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        defer { close(socket) }
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        unsafe setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &place) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return nil }
        let text = """
            \(method) \(path) HTTP/1.1\r
            host: localhost\r
            connection: close\r
            content-type: application/json\r
            content-length: \(body.utf8.count)\r
            \r
            \(body)
            """
        return exchange(Array(text.utf8), over: socket)
    }

    private static func exchange(_ request: [UInt8], over socket: Int32) -> Answer? {
        guard unsafe send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            return nil
        }
        var answer: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while answer.count < 8 << 20 {
            let count = unsafe recv(socket, &part, part.count, 0)
            guard count > 0 else { break }
            answer += part[..<count]
        }
        let text = String(decoding: answer, as: UTF8.self)
        let words = text.prefix { $0 != "\r\n" }.split(separator: " ")
        guard words.count > 1, let status = Int(words[1]), let mark = text.range(of: "\r\n\r\n") else { return nil }
        return Answer(status: status, body: String(text[mark.upperBound...]))
    }
}
