/// The unique values that somebody has, or gives up: one for an attribute at most, in the declared order. In a message an
/// object by attribute: `{"document":"52998224725","email":"ana@example.com"}`.
public struct UniqueValues: Hashable, Sendable {
    /// In the declared order.
    public private(set) var keys: [UniqueKey]

    public static let none = UniqueValues([])

    /// - Parameter keys: in the declared order, each attribute once.
    public init(_ keys: [UniqueKey]) { self.keys = keys }

    public var isEmpty: Bool { keys.isEmpty }

    public subscript(attribute: String) -> String? { keys.first { $0.attribute == attribute }?.value }

    /// What these are after a change. What is added comes behind: who must have the declared order, sorts by it.
    public func applying(_ changes: ValueChanges) -> UniqueValues {
        var keys = keys
        for change in changes.all {
            let index = keys.firstIndex { $0.attribute == change.attribute }
            switch (index, change.value) {
            case (let index?, let value?): keys[index] = UniqueKey(attribute: change.attribute, value: value)
            case (let index?, nil): keys.remove(at: index)
            case (nil, let value?): keys.append(UniqueKey(attribute: change.attribute, value: value))
            case (nil, nil): break
            }
        }
        return UniqueValues(keys)
    }

    /// Those of them that the change replaces or gives up.
    public func replaced(by changes: ValueChanges) -> UniqueValues {
        UniqueValues(keys.filter { key in changes.all.contains { $0.attribute == key.attribute } })
    }

    /// In the order of these attributes; others behind them, as they come.
    public func sorted(by attributes: [String]) -> UniqueValues {
        func place(_ key: UniqueKey) -> Int { attributes.firstIndex(of: key.attribute) ?? attributes.count }
        return UniqueValues(
            keys.enumerated().sorted { (place($0.element), $0.offset) < (place($1.element), $1.offset) }.map(\.element))
    }
}

/// What is to change of somebody's unique values, in the declared order: a new value, or none any more.
public struct ValueChanges: Hashable, Sendable {
    public struct Change: Hashable, Sendable {
        public var attribute: String
        /// nil gives the value up.
        public var value: String?

        public init(attribute: String, value: String?) {
            self.attribute = attribute
            self.value = value
        }

        public static func == (left: Change, right: Change) -> Bool {
            guard left.attribute == right.attribute else { return false }
            guard let one = left.value, let other = right.value else { return left.value == nil && right.value == nil }
            return one.isExactly(other)
        }
    }

    /// In the declared order, each attribute once.
    public private(set) var all: [Change]

    public init(_ all: [Change]) { self.all = all }

    /// All of these, as new values.
    public init(_ values: UniqueValues) {
        all = values.keys.map { Change(attribute: $0.attribute, value: $0.value) }
    }

    public var isEmpty: Bool { all.isEmpty }

    /// The values that are wanted; nothing of what is given up.
    public var wanted: UniqueValues {
        UniqueValues(
            all.compactMap { change in change.value.map { UniqueKey(attribute: change.attribute, value: $0) } })
    }

    /// Those of them that make a difference to who has these values.
    public func differing(from values: UniqueValues) -> ValueChanges {
        ValueChanges(
            all.filter { change in
                guard let value = change.value else { return values[change.attribute] != nil }
                return !(values[change.attribute]?.isExactly(value) ?? false)
            })
    }
}

/// From when values that were given up can be taken again; those that can be at once are not there. In a message an object
/// by attribute.
public struct ReuseTimes: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public var attribute: String
        public var from: ReusableFrom

        public init(attribute: String, from: ReusableFrom) {
            self.attribute = attribute
            self.from = from
        }
    }
    public private(set) var all: [Entry]

    public static let none = ReuseTimes([])

    public init(_ all: [Entry]) { self.all = all }

    public var isEmpty: Bool { all.isEmpty }

    public subscript(attribute: String) -> ReusableFrom? { all.first { $0.attribute == attribute }?.from }
}

/// What a customer did not get: the attribute whose value somebody else has.
public struct Loss: Hashable, Sendable {
    public var attribute: String
    /// Who has it; nil while nobody may take it yet.
    public var heldBy: String?

    public init(attribute: String, heldBy: String?) {
        self.attribute = attribute
        self.heldBy = heldBy
    }

    func write(to writer: inout JSONWriter) {
        writer.member("attribute", attribute)
        writer.member("heldBy", heldBy)
    }

    /// - Throws: `MessageProblem` where the attribute is missing.
    init(data: JSONObject) throws(MessageProblem) {
        self.init(attribute: try data.required("attribute"), heldBy: try data.optional("heldBy"))
    }

    /// nil where there is none.
    init?(optional data: JSONObject) {
        guard let attribute = data.text("attribute") else { return nil }
        self.init(attribute: attribute, heldBy: data.text("heldBy"))
    }
}

// As members of messages.

extension JSONWriter {
    public mutating func member(_ name: String, _ values: UniqueValues) {
        beginObject(name)
        for key in values.keys { member(key.attribute, key.value) }
        endObject()
    }

    mutating func member(_ name: String, _ changes: ValueChanges) {
        beginObject(name)
        for change in changes.all {
            if let value = change.value { member(change.attribute, value) } else { memberNull(change.attribute) }
        }
        endObject()
    }

    /// Writes nothing where there are none.
    mutating func member(_ name: String, _ times: ReuseTimes) {
        if times.isEmpty { return }
        beginObject(name)
        for entry in times.all { member(entry.attribute, entry.from.description) }
        endObject()
    }
}

extension JSONObject {
    /// An object that must be there, whose members are texts.
    func requiredValues(_ name: String) throws(MessageProblem) -> UniqueValues {
        var keys: [UniqueKey] = []
        for change in try requiredChanges(name).all {
            guard let value = change.value else { throw .malformed("a member of `\(name)` is null") }
            keys.append(UniqueKey(attribute: change.attribute, value: value))
        }
        return UniqueValues(keys)
    }

    /// An object that must be there, whose members are texts or null.
    func requiredChanges(_ name: String) throws(MessageProblem) -> ValueChanges {
        guard let changes = try changes(name) else { throw .malformed("`\(name)` is missing") }
        return changes
    }

    /// An object whose members are texts or null; nil where there is none.
    func changes(_ name: String) throws(MessageProblem) -> ValueChanges? {
        let found: JSONElement?
        do { found = try element(name) } catch { throw .malformed(error.detail) }
        guard let found, found.kind != .null else { return nil }
        guard found.kind == .object, let object = try? JSONObject(bytes, within: found.range) else {
            throw .malformed("`\(name)` is not an object")
        }
        var all: [ValueChanges.Change] = []
        // A client can send thousands: to compare each with each would take seconds.
        var names: Set<[UInt8]> = []
        for member in object.elements {
            guard let attribute = object.text(of: member.name) else {
                throw .malformed("a name in `\(name)` is no text")
            }
            if !names.insert(Array(attribute.utf8)).inserted {
                throw .malformed("a member of `\(name)` is there twice")
            }
            switch member.value.kind {
            case .null: all.append(.init(attribute: attribute, value: nil))
            case .string:
                guard let text = object.text(of: member.value) else {
                    throw .malformed("a member of `\(name)` is not valid text")
                }
                all.append(.init(attribute: attribute, value: text))
            default: throw .malformed("a member of `\(name)` is not a string")
            }
        }
        return ValueChanges(all)
    }

    /// When values can be used again; none where nothing is said.
    func reuseTimes(_ name: String) throws(MessageProblem) -> ReuseTimes {
        guard let changes = try changes(name) else { return .none }
        var entries: [ReuseTimes.Entry] = []
        for change in changes.all {
            guard let from = change.value.flatMap({ ReusableFrom($0) }) else {
                throw .malformed("a member of `\(name)` is neither an RFC 3339 time nor `never`")
            }
            entries.append(.init(attribute: change.attribute, from: from))
        }
        return ReuseTimes(entries)
    }
}
