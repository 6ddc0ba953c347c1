/// Plain content of a file or of a record, before anybody has judged it: what YAML and JSON have in common.
public struct DeclaredContent: Hashable, Sendable {
    public indirect enum Value: Hashable, Sendable {
        case null
        case boolean(Bool)
        case integer(Int64)
        case text(String)
        /// Something else that stands alone, such as a number with a fraction, as it was written.
        case other(String)
        case list([DeclaredContent])
        case members([Member])
    }
    public struct Member: Hashable, Sendable {
        public var name: String
        public var content: DeclaredContent
        /// Of the name.
        public var line: Int?

        public init(name: String, content: DeclaredContent, line: Int? = nil) {
            self.name = name
            self.content = content
            self.line = line
        }
    }

    public var value: Value
    /// In its file, from 1; nil in a record.
    public var line: Int?

    public init(_ value: Value, line: Int? = nil) {
        self.value = value
        self.line = line
    }
}

/// What is wrong with a declaration, and where.
public struct DeclarationProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public var detail: String
    /// In its file, from 1.
    public var line: Int?

    public init(_ detail: String, line: Int? = nil) {
        self.detail = detail
        self.line = line
    }

    public var description: String { line.map { "line \($0): \(detail)" } ?? detail }
}

extension JSONObject {
    /// All of it. Only for objects that are known to be shallow: it recurses.
    func declaredContent(depth: Int = 8) throws(JSONProblem) -> DeclaredContent {
        var members: [DeclaredContent.Member] = []
        for (name, element) in elements {
            guard let name = text(of: name) else { throw JSONProblem(detail: "a name is no text", offset: 0) }
            members.append(DeclaredContent.Member(name: name, content: try declared(element, depth)))
        }
        return DeclaredContent(.members(members))
    }

    private func declared(_ element: JSONElement, _ depth: Int) throws(JSONProblem) -> DeclaredContent {
        guard depth > 0 else { throw JSONProblem(detail: "nested too deep", offset: element.range.lowerBound) }
        let text = String(decoding: bytes[element.range], as: UTF8.self)
        switch element.kind {
        case .null: return DeclaredContent(.null)
        case .boolean: return DeclaredContent(.boolean(text == "true"))
        case .number(true): return DeclaredContent(Int64(text).map { .integer($0) } ?? .other(text))
        case .number(false): return DeclaredContent(.other(text))
        case .string: return DeclaredContent(self.text(of: element).map { .text($0) } ?? .other("a lone surrogate"))
        case .object: return try JSONObject(bytes, within: element.range).declaredContent(depth: depth - 1)
        case .array:
            var items: [DeclaredContent] = []
            var scanner = JSONScanner(bytes, range: element.range)
            scanner.position += 1
            scanner.skipSpace()
            while scanner.next != UInt8(ascii: "]") {
                items.append(try declared(try scanner.value(), depth - 1))
                scanner.skipSpace()
                if scanner.next == UInt8(ascii: ",") { scanner.position += 1 }
                scanner.skipSpace()
            }
            return DeclaredContent(.list(items))
        }
    }
}
