public import Messages

/// An offset that the group `command-service` has committed, as far as it tells who decides its partition.
public struct CommittedMark: Hashable, Sendable {
    public var partition: Int32
    /// What was committed with it.
    public var metadata: String

    public init(partition: Int32, metadata: String) {
        self.partition = partition
        self.metadata = metadata
    }
}

extension DeploymentCheck {
    /// Which instances of a command service have not adopted what counts. They say so in the offsets that they commit: all
    /// of a partition's when they are given it, so that whoever has it now is told by the highest revision.
    /// - Parameters:
    ///   - marks: of all inputs' partitions; none where the group has no members, for who begins adopts what counts then.
    ///   - history: what the topic `deployment` has.
    public func findings(commandService marks: [CommittedMark], history: DeclarationHistory) -> [Finding] {
        guard let current = history.current else { return [] }
        var adopted: [Int32: (revision: Int64, instance: String)] = [:]
        for mark in marks {
            // Set by an operator, or by a stranger: nobody decides by that.
            guard let revision = OffsetMark.revision(in: mark.metadata),
                let instance = OffsetMark.instance(in: mark.metadata), revision > adopted[mark.partition]?.revision ?? 0
            else { continue }
            adopted[mark.partition] = (revision, instance)
        }
        let behind = adopted.filter { $0.value.revision < current.revision }
        return Dictionary(grouping: behind) { $0.value.instance }.sorted { $0.key < $1.key }.map {
            instance, partitions in
            let revision = partitions.map(\.value.revision).min() ?? 0
            let numbers = partitions.map(\.key).sorted().map { String($0) }.joined(separator: ", ")
            return Finding(
                .warning, "\(names.name(.commandService)) instance \(instance)",
                what: "decides by revision \(revision) of the declaration (partitions \(numbers)), and"
                    + " \(current.revision) counts",
                why: "when values can be taken again that its customers give up is decided by the older `reuse`",
                remedy: "restart it: it reads what is declared when it starts, and whenever it is assigned partitions")
        }
    }
}
