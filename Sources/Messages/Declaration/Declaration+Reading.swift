extension Declaration {
    /// What is done with members that this version does not know.
    public enum UnknownMembers: Sendable {
        /// In a file they are a slip of the pen.
        case refused
        /// In a record they are a newer version's.
        case ignored
    }

    /// Reads a declaration, with the contract's defaults for what is left out.
    /// - Throws: `DeclarationProblem` for the first thing that is wrong, with its line where there is one.
    public init(_ content: DeclaredContent, unknown: UnknownMembers) throws(DeclarationProblem) {
        let root = try Members(content, "a declaration", knows: ["attributes", "partitions"], unknown)
        guard let attributes = root["attributes"] else {
            throw DeclarationProblem("`attributes` is missing: a list of unique attributes", line: content.line)
        }
        guard case .list(let items) = attributes.value else {
            throw DeclarationProblem("`attributes` is not a list", line: attributes.line)
        }
        guard (1...Self.attributeLimit).contains(items.count) else {
            throw DeclarationProblem(
                "`attributes` has \(items.count), and 1 to \(Self.attributeLimit) are allowed", line: attributes.line)
        }
        var read: [UniqueAttribute] = []
        for item in items {
            let attribute = try UniqueAttribute(item, unknown)
            if read.contains(where: { $0.name == attribute.name }) {
                throw DeclarationProblem("the attribute `\(attribute.name)` is there twice", line: item.line)
            }
            if read.isEmpty, !attribute.isRequired {
                throw DeclarationProblem("the first attribute is always required", line: item.line)
            }
            read.append(attribute)
        }
        self.attributes = read
        partitions = Self.standardPartitions
        if let count = root["partitions"] {
            guard case .integer(let number) = count.value, let partitions = Int32(exactly: number),
                Self.allowedPartitions.contains(partitions)
            else {
                throw DeclarationProblem(
                    "`partitions` must be a whole number from \(Self.allowedPartitions.lowerBound) to"
                        + " \(Self.allowedPartitions.upperBound)", line: count.line)
            }
            self.partitions = partitions
        }
    }

    /// Writes its members.
    func write(to writer: inout JSONWriter) {
        writer.beginArray("attributes")
        for attribute in attributes {
            writer.beginObject()
            writer.member("name", attribute.name)
            writer.member("normalize", attribute.normalize.description)
            writer.member("reuse", attribute.reuse.description)
            writer.member("required", attribute.isRequired)
            writer.endObject()
        }
        writer.endArray()
        writer.member("partitions", Int64(partitions))
    }
}

extension UniqueAttribute {
    fileprivate init(_ content: DeclaredContent, _ unknown: Declaration.UnknownMembers) throws(DeclarationProblem) {
        let members = try Members(
            content, "an attribute", knows: ["name", "normalize", "reuse", "required"], unknown)
        guard let name = try members.text("name") else {
            throw DeclarationProblem("an attribute has no `name`", line: content.line)
        }
        guard Self.isName(name) else {
            throw DeclarationProblem(
                "`\(name.prefix(40))` can't name an attribute: 1 to 32 of a to z, 0 to 9 and '-', beginning with a letter",
                line: members["name"]?.line)
        }
        if Self.reservedNames.contains(name) {
            throw DeclarationProblem(
                "`\(name)` is the customer's name, and can't be an attribute", line: members["name"]?.line)
        }
        self.init(name: name)
        if let text = try members.text("normalize") {
            guard let rule = NormalizationRule(text) else {
                throw DeclarationProblem(
                    "`normalize` of `\(name)` must be alphanumeric, digits, digits=N (N from 1 to 64), email, trim or none",
                    line: members["normalize"]?.line)
            }
            normalize = rule
        }
        if let text = try members.text("reuse") {
            guard let rule = ReuseRule(text) else {
                throw DeclarationProblem(
                    "`reuse` of `\(name)` must be immediately, never, or after=DURATION such as after=90d (units s, m, h, d)",
                    line: members["reuse"]?.line)
            }
            reuse = rule
        }
        if let required = members["required"] {
            guard case .boolean(let isRequired) = required.value else {
                throw DeclarationProblem("`required` of `\(name)` must be true or false", line: required.line)
            }
            self.isRequired = isRequired
        }
    }
}

/// The members of one object; null ones count as left out.
private struct Members {
    private var values: [String: DeclaredContent] = [:]

    init(
        _ content: DeclaredContent, _ what: String, knows names: [String], _ unknown: Declaration.UnknownMembers
    ) throws(DeclarationProblem) {
        guard case .members(let members) = content.value else {
            throw DeclarationProblem(
                "\(what) has the members \(names.map { "`\($0)`" }.joined(separator: ", "))", line: content.line)
        }
        for member in members {
            let line = member.line ?? member.content.line
            guard names.contains(member.name) else {
                if unknown == .ignored { continue }
                throw DeclarationProblem("\(what) has no member `\(member.name.prefix(40))`", line: line)
            }
            if values[member.name] != nil { throw DeclarationProblem("`\(member.name)` is there twice", line: line) }
            values[member.name] = member.content
        }
    }

    subscript(name: String) -> DeclaredContent? {
        guard let content = values[name], content.value != .null else { return nil }
        return content
    }

    func text(_ name: String) throws(DeclarationProblem) -> String? {
        guard let content = self[name] else { return nil }
        guard case .text(let text) = content.value else {
            throw DeclarationProblem("`\(name)` must be a text", line: content.line)
        }
        return text
    }
}
