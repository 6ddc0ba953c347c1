/// What our instances commit with each offset, as its metadata: who did it. Offsets without it are somebody else's (a
/// console consumer that joined the group, `kafka-consumer-groups --reset-offsets`), and tell nothing of what was done.
public enum OffsetMark {
    private static let beginning = "soleholder "

    private static let revisionMark = " declaration="

    /// - Parameters:
    ///   - instance: a name for whoever commits, for a human who reads it.
    ///   - revision: of the declaration that it decides by; nil where it decides by none.
    public static func of(_ instance: String, revision: Int64? = nil) -> String {
        beginning + instance + (revision.map { "\(revisionMark)\($0)" } ?? "")
    }

    /// Which revision of the declaration an instance decided by when it committed; nil where it does not say.
    public static func revision(in metadata: String) -> Int64? {
        guard isOurs(metadata), let end = metadata.lastIndex(of: "=") else { return nil }
        let text = metadata[metadata.index(after: end)...]
        return metadata.hasSuffix(revisionMark + text) ? Int64(text) : nil
    }

    /// The name of whoever committed; nil where it is none of ours.
    public static func instance(in metadata: String) -> String? {
        guard isOurs(metadata) else { return nil }
        let name = metadata.dropFirst(beginning.count)
        guard let revision = revision(in: metadata) else { return String(name) }
        return String(name.dropLast("\(revisionMark)\(revision)".count))
    }

    public static func isOurs(_ metadata: String) -> Bool { metadata.hasPrefix(beginning) }
}
