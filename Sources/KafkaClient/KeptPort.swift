import Glibc

/// A port of loopback on which nobody listens, and that nobody else is given: connections to it are refused.
final class KeptPort: Sendable {
    private let socket: Int32

    /// - Returns: nil when somebody else has it.
    init?(_ port: UInt16) {
        // A child process that is started meanwhile does not keep it too.
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        var yes: Int32 = 1
        unsafe _ = setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let socket = socket
        let bound = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // The end of `self` closes the socket.
        guard bound == 0 else { return nil }
    }

    deinit { if socket >= 0 { _ = Glibc.close(socket) } }
}
