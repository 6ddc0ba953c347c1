import Foundation
import Glibc
import TestProcesses

/// Where a broker listens.
package struct Address: Hashable, Sendable, CustomStringConvertible {
    package var host: String
    package var port: Int32

    package init(host: String, port: Int32) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`, with or without a protocol before it.
    package init(_ text: String) throws {
        let bare = text.split(separator: "/").last.map(String.init) ?? text
        guard let colon = bare.lastIndex(of: ":"), let port = Int32(bare[bare.index(after: colon)...]) else {
            throw Failure("\(text) is not an address")
        }
        host = String(bare[..<colon]).trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        self.port = port
    }

    package var description: String { "\(host):\(port)" }
}

/// The other side has closed, or nothing came in time.
package struct Disconnected: Error, CustomStringConvertible {
    package var description: String
    /// Whether the other side is alive, but silent.
    package var isTimeout = false
}

/// A TCP connection whose calls block. Confined to one thread.
package final class Socket {
    private let descriptor: Int32
    package private(set) var isClosed = false

    package init(_ address: Address, receiveBuffer: Int32? = nil) throws {
        descriptor = try Self.connected(to: address, receiveBuffer)
    }

    deinit { close() }

    private static func connected(to address: Address, _ receiveBuffer: Int32?) throws -> Int32 {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(address.host, String(address.port), &hints, &list) == 0 else {
            throw Failure("\(address) has no address")
        }
        defer { unsafe freeaddrinfo(list) }
        var code: Int32 = 0
        var next = unsafe list
        while let info = unsafe next {
            let descriptor = unsafe socket(
                info.pointee.ai_family, info.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue),
                info.pointee.ai_protocol)
            guard descriptor >= 0 else { throw Failure("no socket: error \(errno)") }
            var one: Int32 = 1
            unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
            if var size = receiveBuffer { unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4) }
            if unsafe connect(descriptor, info.pointee.ai_addr, info.pointee.ai_addrlen) == 0 { return descriptor }
            code = errno
            _ = Glibc.close(descriptor)
            unsafe next = info.pointee.ai_next
        }
        throw Disconnected(description: "\(address) can't be reached: error \(code)")
    }

    package func close() {
        guard !isClosed else { return }
        isClosed = true
        _ = Glibc.close(descriptor)
    }

    /// Sends everything, however long that takes within the limit.
    package func send(_ bytes: [UInt8], within time: Duration = .seconds(30)) throws {
        var sent = 0
        let deadline = ContinuousClock.now + time
        while sent < bytes.count {
            try wait(for: Int16(POLLOUT), until: deadline, doing: "sending")
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress.map { unsafe $0 + sent }, buffer.count - sent,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count > 0 {
                sent += count
            } else if count < 0, errno != EAGAIN, errno != EINTR {
                throw Disconnected(description: "the connection broke while sending: error \(errno)")
            }
        }
    }

    /// So many bytes exactly.
    package func receive(_ count: Int, within time: Duration = .seconds(30)) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        let deadline = ContinuousClock.now + time
        while bytes.count < count {
            let part = try receiveSome(count - bytes.count, until: deadline)
            if part.isEmpty { throw Disconnected(description: "the broker closed the connection") }
            bytes += part
        }
        return bytes
    }

    /// What is there, at least a byte; nothing when the other side has closed.
    package func receiveSome(_ limit: Int, until deadline: ContinuousClock.Instant) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: min(limit, 1 << 20))
        while true {
            try wait(for: Int16(POLLIN), until: deadline, doing: "waiting for an answer")
            let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count >= 0 { return Array(buffer.prefix(count)) }
            if errno == ECONNRESET { return [] }
            if errno != EAGAIN, errno != EINTR {
                throw Disconnected(description: "the connection broke: error \(errno)")
            }
        }
    }

    private func wait(for events: Int16, until deadline: ContinuousClock.Instant, doing: String) throws {
        while true {
            let left = (deadline - ContinuousClock.now) / .milliseconds(1)
            guard left > 0 else {
                throw Disconnected(description: "nothing happened in time while \(doing)", isTimeout: true)
            }
            var request = pollfd(fd: descriptor, events: events, revents: 0)
            if unsafe Glibc.poll(&request, 1, Int32(left.rounded(.up))) > 0 { return }
        }
    }
}
