public import EventLog

/// The fold of the topic `deployment`. Everybody folds it alike, so two operators at once can't disagree.
///
/// The first valid record counts, then each that names the next revision and is an allowed change of what counts.
/// Others, tombstones included, are ignored.
public struct DeclarationHistory: Hashable, Sendable {
    /// A declaration that counts.
    public struct Entry: Hashable, Sendable {
        public var revision: Int64
        public var declaration: Declaration

        public init(revision: Int64, declaration: Declaration) {
            self.revision = revision
            self.declaration = declaration
        }
    }
    /// A record that does not count.
    public struct Ignored: Hashable, Sendable {
        public var offset: Int64
        /// Why; nothing of its content.
        public var why: String
    }

    /// What counts; nil as long as nothing is declared.
    public private(set) var current: Entry?
    public private(set) var ignored: [Ignored] = []

    public init() {}

    /// Takes the next record of the topic's one partition.
    public mutating func take(_ record: LogRecord) {
        do { try fold(record) } catch { ignored.append(Ignored(offset: record.offset, why: error.detail)) }
    }

    private mutating func fold(_ record: LogRecord) throws(DeclarationProblem) {
        guard record.value != nil else { throw DeclarationProblem("it is a tombstone") }
        guard record.key == nil else { throw DeclarationProblem("it has a key") }
        let body: DeploymentDeclared
        do { body = try Message<DeploymentDeclared>(decoding: record.value).body } catch {
            switch error {
            case .malformed(let detail): throw DeclarationProblem(detail)
            case .unknownType: throw DeclarationProblem("it is no DeploymentDeclared")
            }
        }
        if let current {
            guard body.revision == current.revision + 1 else {
                throw DeclarationProblem(
                    "it names revision \(body.revision), and \(current.revision + 1) was next")
            }
            if let refusal = current.declaration.refusal(
                of: body.declaration, body.isBeforeAnyRecord ? .nothingWritten : .inUse)
            {
                throw refusal
            }
        }
        current = Entry(revision: body.revision, declaration: body.declaration)
    }
}

extension Declaration {
    /// Whether the deployment's other topics have records.
    public enum Use: Hashable, Sendable { case nothingWritten, inUse }

    /// Why another declaration can't take the place of this one; nil if it can.
    ///
    /// Values that were normalized by one rule are not normalized again by another, and a customer's place is a function
    /// of the number of partitions. So what may change in a deployment that is in use is when values can be used again,
    /// and attributes may be added that nobody must have.
    func refusal(of next: Declaration, _ use: Use) -> DeclarationProblem? {
        guard next.partitions == partitions else {
            return DeclarationProblem(
                "\(partitions) partitions are declared, and \(next.partitions) are asked for: the number can't be changed,"
                    + " because a customer's partition follows from it")
        }
        if use == .nothingWritten { return nil }
        guard next.attributes.count >= attributes.count else {
            return DeclarationProblem("an attribute can't be taken away from a deployment that is in use")
        }
        if let changed = changed(in: next) {
            return DeclarationProblem(
                "of the attribute `\(changed.name)` nothing but `reuse` can be changed in a deployment that is in use")
        }
        for added in next.attributes.dropFirst(attributes.count) where added.isRequired {
            return DeclarationProblem(
                "the attribute `\(added.name)` can't be required: there are customers without it")
        }
        return nil
    }

    /// The first attribute of which more than `reuse` differs.
    private func changed(in next: Declaration) -> UniqueAttribute? {
        for (old, new) in zip(attributes, next.attributes) {
            var same = new
            same.reuse = old.reuse
            if same != old { return old }
        }
        return nil
    }

    /// Whether what is decided by an older one fits together with what is decided by this one: values are read alike.
    public func continues(_ older: Declaration) -> Bool {
        partitions == older.partitions && attributes.count >= older.attributes.count && older.changed(in: self) == nil
    }
}
