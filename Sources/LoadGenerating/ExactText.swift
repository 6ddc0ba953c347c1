/// A text that equals another only if their bytes are equal.
///
/// Swift's `String` takes "é" written as one scalar and as two for the same. As record keys they are different
/// customers, in different partitions, so ids are compared through this.
struct ExactText: Hashable, Sendable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    static func == (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// Equal bytes make equal strings, so the string's own hash is good enough.
    func hash(into hasher: inout Hasher) {
        hasher.combine(text)
    }
}
