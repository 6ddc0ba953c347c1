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

/// The indices of facts, by the customer or the document that they are about; within a group in their own order.
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
