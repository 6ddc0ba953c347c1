/// Why bytes are not the message that they should be. Never carries the bytes.
public enum WireError: Error, Hashable, Sendable {
    /// The bytes end before the value does.
    case truncated
    /// A length or count is negative where that is not allowed, or larger than what is left.
    case invalidLength(Int64)
    /// A variable-length integer has more bytes than its type can hold.
    case invalidVarint
    /// A string is not UTF-8.
    case invalidText
    /// The API, or this version of it, is not known here.
    case unsupported(apiKey: Int16, version: Int16)
    /// Something stands behind the end of the message.
    case trailing(Int)
}
