/// Gives each text a number, so that what is known of it is found without its bytes.
struct Interner {
    /// Swift's `==` takes different spellings of one character for the same; as ids they are two.
    private struct Exact: Hashable {
        var text: String

        static func == (left: Exact, right: Exact) -> Bool {
            left.text == right.text && left.text.utf8.elementsEqual(right.text.utf8)
        }

        func hash(into hasher: inout Hasher) { text.hash(into: &hasher) }
    }
    private var numbers: [Exact: Int] = [:]
    private(set) var texts: [String] = []

    /// The text's number: a new one for a new text.
    mutating func number(_ text: String) -> Int {
        let exact = Exact(text: text)
        if let number = numbers[exact] { return number }
        numbers[exact] = texts.count
        texts.append(text)
        return texts.count - 1
    }

    /// The number that a text has; nil when it was never met.
    func known(_ text: String) -> Int? { numbers[Exact(text: text)] }

    subscript(number: Int) -> String { texts[number] }
}
