/// What a route answers with: JSON.
public struct HTTPAnswer: Hashable, Sendable {
    /// HTTP's status code, such as 200 or 404.
    public var status: Int
    /// The body, UTF-8 JSON.
    public var json: [UInt8]
    /// After how many seconds it may be worth asking again: the header `Retry-After`.
    public var retryAfter: Int?

    public init(status: Int, json: [UInt8], retryAfter: Int? = nil) {
        self.status = status
        self.json = json
        self.retryAfter = retryAfter
    }
}

/// A path that a program serves beside those that all of them have.
public struct Route: Sendable {
    /// Answers for the parameters, percent-decoded, one for each of the pattern, in its order. An error becomes 500; it is
    /// logged, the parameters are not.
    public typealias Handler = @Sendable (_ parameters: [String]) async throws -> HTTPAnswer

    /// The path with its parameters in braces, such as `/keys/{attribute}/{value}`.
    public let pattern: String
    let handler: Handler

    /// - Parameters:
    ///   - pattern: a path, segments of which may be a `{parameter}`.
    ///   - handler: answers GET. Must not block for long: it shares its threads with the probes.
    public init(_ pattern: String, handler: @escaping Handler) {
        self.pattern = pattern
        self.handler = handler
    }
}

/// Which route a path leads to.
///
/// The path is taken apart *before* it is decoded, so that a parameter may hold an encoded slash.
enum RouteMatch: Hashable {
    case no
    /// A parameter is not percent-encoded UTF-8.
    case malformed
    /// There are more segments than in the pattern: a slash in a parameter must be percent-encoded.
    case tooLong
    case yes(parameters: [String])

    /// - Parameter path: as it stands in the request, without the query.
    init(pattern: String, path: some StringProtocol) {
        let expected = pattern.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let found = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard expected.count <= found.count else {
            self = .no
            return
        }
        var raw: [[UInt8]] = []
        for (wanted, segment) in zip(expected, found) {
            if wanted.first == UInt8(ascii: "{"), wanted.last == UInt8(ascii: "}") {
                raw.append(Array(segment))
            } else if !wanted.elementsEqual(segment) {
                self = .no
                return
            }
        }
        if found.count > expected.count {
            self = raw.isEmpty ? .no : .tooLong
            return
        }
        if raw.contains(where: \.isEmpty) {
            self = .no
            return
        }
        let parameters = raw.compactMap(PercentEncoding.decode)
        self = parameters.count == raw.count ? .yes(parameters: parameters) : .malformed
    }
}

enum PercentEncoding {
    /// Decodes a path's segment. `+` is a plus sign there: only forms take it for a space.
    /// - Returns: nil for an incomplete escape, or when the bytes are not UTF-8.
    static func decode(_ bytes: [UInt8]) -> String? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            guard bytes[index] == UInt8(ascii: "%") else {
                decoded.append(bytes[index])
                index += 1
                continue
            }
            guard index + 2 < bytes.endIndex, let high = digit(bytes[index + 1]), let low = digit(bytes[index + 2])
            else {
                return nil
            }
            decoded.append(high << 4 | low)
            index += 3
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
