extension UInt8 {
    static let tab = UInt8(ascii: "\t")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let quote = UInt8(ascii: "\"")
}

/// The part of a file that is being looked at: bytes can be looked at again until they are given up.
///
/// It holds at most ``longestRow`` bytes and one chunk, as long as its users look no further ahead than that.
struct ByteWindow {
    /// Bytes that a row may have: far more than a command may, so that a row's other columns don't matter.
    static let longestRow = 1 << 20

    typealias Source = () throws(CustomerFileError) -> [UInt8]

    private var buffer: [UInt8] = []
    private var start = 0
    private var sourceIsDry = false
    private let source: Source

    /// - Parameter source: gives the next bytes of the file, none at its end.
    init(source: @escaping Source) {
        self.source = source
    }

    /// The byte `offset` bytes ahead; nil behind the end.
    mutating func byte(at offset: Int) throws(CustomerFileError) -> UInt8? {
        while offset >= buffer.count - start {
            guard try refill() else { return nil }
        }
        return buffer[start + offset]
    }

    /// The bytes from the window's start up to `offset`, which must have been looked at.
    func bytes(before offset: Int) -> ArraySlice<UInt8> {
        buffer[start..<start + offset]
    }

    /// Gives up `count` bytes, which must have been looked at.
    mutating func advance(by count: Int) {
        start += count
    }

    /// How many bytes (0, 1, or 2 for CR LF) the line's end at `offset` takes; 0 if there is none.
    mutating func lineEnd(at offset: Int) throws(CustomerFileError) -> Int {
        switch try byte(at: offset) {
        case .lineFeed: 1
        case .carriageReturn: try byte(at: offset + 1) == .lineFeed ? 2 : 1
        default: 0
        }
    }

    /// The bytes of the first line, without its end; not given up.
    mutating func firstLine() throws(CustomerFileError) -> ArraySlice<UInt8> {
        var length = 0
        while length < Self.longestRow, try byte(at: length) != nil, try lineEnd(at: length) == 0 { length += 1 }
        return bytes(before: length)
    }

    /// Gives up everything up to and with the next line's end, however far that is.
    mutating func skipLine() throws(CustomerFileError) {
        while try byte(at: 0) != nil {
            let end = try lineEnd(at: 0)
            if end > 0 {
                advance(by: end)
                return
            }
            advance(by: 1)
        }
    }

    /// Gives up a line that has nothing but spaces and tabs.
    ///
    /// - Returns: what lay ahead.
    mutating func skipBlankLine() throws(CustomerFileError) -> Ahead {
        var offset = 0
        while let byte = try byte(at: offset), byte == .space || byte == .tab {
            offset += 1
            if offset >= Self.longestRow {
                return .content
            }
        }
        if try byte(at: offset) == nil {
            advance(by: offset)
            return .end
        }
        let end = try lineEnd(at: offset)
        guard end > 0 else { return .content }
        advance(by: offset + end)
        return .blankLine
    }

    enum Ahead {
        case blankLine, content, end
    }

    private mutating func refill() throws(CustomerFileError) -> Bool {
        guard !sourceIsDry else { return false }
        let chunk = try source()
        guard !chunk.isEmpty else {
            sourceIsDry = true
            return false
        }
        buffer.removeFirst(start)
        start = 0
        buffer += chunk
        return true
    }
}
