extension String {
    /// Whether two texts are the same bytes. Swift's `==` takes different spellings of one character (NFC, NFD) for the
    /// same; as record keys they are two.
    public func isExactly(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
