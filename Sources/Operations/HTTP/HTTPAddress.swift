public import ArgumentParser

/// Where HTTP is served.
public enum HTTPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Not at all.
    case disabled
    /// On this host and port; port 0 picks a free one.
    case listen(host: String, port: UInt16)

    public static let loopback = "127.0.0.1"

    /// Reads `HOST:PORT`, `[IPv6]:PORT`, `:PORT` (on loopback) or `none`; nil for anything else.
    public init?(_ text: String) {
        if text == "none" {
            self = .disabled
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = UInt16(digits)
        else { return nil }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(where: { $0 == ":" || $0 == "[" || $0 == "]" || $0 == "/" || $0.isWhitespace }) {
            return nil
        }
        self = .listen(host: host.isEmpty ? Self.loopback : String(host), port: port)
    }

    public var description: String {
        switch self {
        case .disabled: "none"
        case .listen(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}

extension HTTPAddress: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
    public var defaultValueDescription: String { description }
}
