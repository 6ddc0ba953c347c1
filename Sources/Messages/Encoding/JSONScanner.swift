/// Why bytes are not the JSON that was expected.
public struct JSONProblem: Error, Hashable, Sendable {
    /// For a human, without any of the content: it may be personal data.
    public var detail: String
    /// Where in the bytes.
    public var offset: Int
}

/// Checks JSON (RFC 8259) and finds the ends of values. It does not recurse and allocates one bit per level of
/// nesting, so depth costs a hostile sender more than it costs us.
struct JSONScanner {
    let bytes: [UInt8]
    let end: Int
    var position: Int

    init(_ bytes: [UInt8], range: Range<Int>) {
        self.bytes = bytes
        self.position = range.lowerBound
        self.end = range.upperBound
    }

    mutating func skipSpace() {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    func problem(_ detail: String) -> JSONProblem { JSONProblem(detail: detail, offset: position) }

    var next: UInt8? { position < end ? bytes[position] : nil }

    mutating func expect(_ byte: UInt8, _ what: String) throws(JSONProblem) {
        guard next == byte else { throw problem("expected \(what)") }
        position += 1
    }

    /// Reads a string token, quotes included.
    mutating func string() throws(JSONProblem) -> JSONElement {
        let start = position
        try expect(UInt8(ascii: "\""), "a string")
        var escaped = false
        while position < end {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return JSONElement(kind: .string(escaped: escaped), range: start..<position)
            }
            if byte == UInt8(ascii: "\\") {
                escaped = true
                try escapeSequence()
            } else if byte < 0x20 {
                throw problem("a control character in a string")
            } else {
                position += 1
            }
        }
        throw problem("a string without an end")
    }

    private mutating func escapeSequence() throws(JSONProblem) {
        position += 1
        switch next {
        case UInt8(ascii: "u"):
            guard position + 4 < end, (1...4).allSatisfy({ Hexadecimal.value(bytes[position + $0]) != nil }) else {
                throw problem("a wrong \\u escape")
            }
            position += 5
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        default: throw problem("a wrong escape")
        }
    }

    private mutating func number() throws(JSONProblem) -> JSONElement {
        let start = position
        var isInteger = true
        if next == UInt8(ascii: "-") { position += 1 }
        if next == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if next == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return JSONElement(kind: .number(isInteger: isInteger), range: start..<position)
    }

    private mutating func digits() throws(JSONProblem) {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        if position == start { throw problem("expected a digit") }
    }

    private mutating func word(_ word: String, _ kind: JSONElement.Kind) throws(JSONProblem) -> JSONElement {
        let start = position
        let text = word.utf8
        guard position + text.count <= end, bytes[position..<(position + text.count)].elementsEqual(text) else {
            throw problem("an unknown word")
        }
        position += text.count
        return JSONElement(kind: kind, range: start..<position)
    }

    private mutating func scalar() throws(JSONProblem) -> JSONElement {
        switch next {
        case UInt8(ascii: "\""): return try string()
        case UInt8(ascii: "t"): return try word("true", .boolean)
        case UInt8(ascii: "f"): return try word("false", .boolean)
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0"), UInt8(ascii: "1"), UInt8(ascii: "2"), UInt8(ascii: "3"),
            UInt8(ascii: "4"), UInt8(ascii: "5"), UInt8(ascii: "6"), UInt8(ascii: "7"), UInt8(ascii: "8"),
            UInt8(ascii: "9"):
            return try number()
        default: throw problem("expected a value")
        }
    }

    /// Reads one value of any kind, checking all of it.
    mutating func value() throws(JSONProblem) -> JSONElement {
        switch next {
        case UInt8(ascii: "{"): return try container(.object)
        case UInt8(ascii: "["): return try container(.array)
        default: return try scalar()
        }
    }

    private mutating func container(_ kind: JSONElement.Kind) throws(JSONProblem) -> JSONElement {
        let start = position
        var insideObject: [Bool] = []
        repeat {
            // Here a value is due (after a name, a comma of an array, or at an opening bracket).
            skipSpace()
            switch next {
            case UInt8(ascii: "{"):
                position += 1
                insideObject.append(true)
                skipSpace()
                if next != UInt8(ascii: "}") {
                    try memberName()
                    continue
                }
            case UInt8(ascii: "["):
                position += 1
                insideObject.append(false)
                skipSpace()
                if next != UInt8(ascii: "]") { continue }
            default: _ = try scalar()
            }
            // Here a value is complete: close what ends, or go on to the next one.
            while let isObject = insideObject.last {
                skipSpace()
                if next == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    position += 1
                    insideObject.removeLast()
                } else {
                    try expect(UInt8(ascii: ","), "a comma or the end of the \(isObject ? "object" : "array")")
                    skipSpace()
                    if isObject { try memberName() }
                    break
                }
            }
        } while !insideObject.isEmpty
        return JSONElement(kind: kind, range: start..<position)
    }

    private mutating func memberName() throws(JSONProblem) {
        _ = try string()
        skipSpace()
        try expect(UInt8(ascii: ":"), "a colon")
    }
}
