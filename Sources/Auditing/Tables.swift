internal import Messages

/// Small numbers for texts that come up again and again. Texts are the same when their bytes are: Swift's `==` holds
/// `é` in its two spellings for one text, Kafka holds them for two keys.
struct Interner: Sendable {
    private var numbers: [Fingerprint: Int32] = [:]
    private(set) var texts: [String] = []

    var count: Int { texts.count }

    mutating func number(_ text: String) -> Int32 {
        let fingerprint = Fingerprint(text)
        if let number = numbers[fingerprint] { return number }
        let number = Int32(texts.count)
        numbers[fingerprint] = number
        texts.append(text)
        return number
    }

    subscript(_ number: Int32) -> String {
        texts.indices.contains(Int(number)) ? texts[Int(number)] : "?"
    }
}

/// A list of unique keys, by its number: the same number, the same keys in the same order.
struct KeyList: Hashable, Sendable {
    fileprivate var number: Int32

    static let none = KeyList(number: 0)
}

/// Small numbers for unique keys and for lists of them. In a list a value that is given up stands as its attribute's
/// number, negative.
struct KeyTable: Sendable {
    private var keys = Interner()
    private var attributesOfKeys: [Int32] = []
    private(set) var attributes = Interner()
    private var numbers: [[Int32]: Int32] = [[]: 0]
    private var lists: [[Int32]] = [[]]

    var count: Int { keys.count }

    mutating func attribute(named name: String) -> Int32 { attributes.number(name) }

    mutating func number(_ key: UniqueKey) -> Int32 {
        let number = keys.number(key.text)
        if Int(number) == attributesOfKeys.count { attributesOfKeys.append(attributes.number(key.attribute)) }
        return number
    }

    mutating func list(_ values: UniqueValues) -> KeyList { list(values.keys) }

    mutating func list(_ keys: [UniqueKey]) -> KeyList {
        var members: [Int32] = []
        for key in keys { members.append(number(key)) }
        return list(members)
    }

    mutating func list(_ changes: ValueChanges) -> KeyList {
        var members: [Int32] = []
        for change in changes.all {
            if let value = change.value {
                members.append(number(UniqueKey(attribute: change.attribute, value: value)))
            } else {
                members.append(-1 - attributes.number(change.attribute))
            }
        }
        return list(members)
    }

    private mutating func list(_ members: [Int32]) -> KeyList {
        if let number = numbers[members] { return KeyList(number: number) }
        let number = Int32(lists.count)
        numbers[members] = number
        lists.append(members)
        return KeyList(number: number)
    }

    /// The members of a list; negative for values that are given up.
    subscript(_ list: KeyList) -> [Int32] { lists[Int(list.number)] }

    /// The keys of a list, without what is given up.
    func keys(_ list: KeyList) -> [Int32] { self[list].filter { $0 >= 0 } }

    /// The attribute of a list's member.
    func attribute(of member: Int32) -> Int32 { member < 0 ? -1 - member : attributesOfKeys[Int(member)] }

    /// The text of a key, behind its attribute.
    func text(_ key: Int32) -> String { keys[key] }

    /// What these values are after a change, in no particular order.
    func applying(_ changes: KeyList, to values: KeyList) -> Set<Int32> {
        let changed = Set(self[changes].map(attribute))
        return Set(self[values].filter { !changed.contains(attribute(of: $0)) }).union(keys(changes))
    }

    /// Those of these values that a change replaces or gives up.
    func replaced(by changes: KeyList, in values: KeyList) -> [Int32] {
        let changed = Set(self[changes].map(attribute))
        return self[values].filter { changed.contains(attribute(of: $0)) }
    }

    /// Those of these changes that make a difference.
    func differing(_ changes: KeyList, from values: KeyList) -> [Int32] {
        let had = self[values]
        return self[changes].filter { change in
            change < 0 ? had.contains { attribute(of: $0) == attribute(of: change) } : !had.contains(change)
        }
    }
}

/// The indices of facts, by the customer or the key that they are about; within a group in their own order.
struct Grouping: Sendable {
    private var starts: [Int32]
    private var members: [Int32]

    /// - Parameter group: the group of a fact, from 0; negative for facts that belong to none.
    init<Fact>(_ facts: [Fact], groups: Int, group: (Fact) -> Int32) {
        starts = Array(repeating: 0, count: groups + 1)
        for fact in facts where group(fact) >= 0 { starts[Int(group(fact)) + 1] += 1 }
        for index in 0..<groups { starts[index + 1] += starts[index] }
        members = Array(repeating: 0, count: Int(starts[groups]))
        var next = starts
        for (index, fact) in facts.enumerated() {
            let number = Int(group(fact))
            if number < 0 { continue }
            members[Int(next[number])] = Int32(index)
            next[number] += 1
        }
    }

    subscript(_ group: Int) -> ArraySlice<Int32> {
        group + 1 < starts.count ? members[Int(starts[group])..<Int(starts[group + 1])] : []
    }
}
