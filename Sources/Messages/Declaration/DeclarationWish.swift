/// What an operator asks for: a declaration from a file, or a number of partitions, or neither.
public struct DeclarationWish: Hashable, Sendable {
    /// nil: what is there already, or else the standard one.
    public var declaration: Declaration?
    /// nil: the declaration's.
    public var partitions: Int32?

    public init(declaration: Declaration? = nil, partitions: Int32? = nil) {
        self.declaration = declaration
        self.partitions = partitions
    }

    /// What has to be done.
    public enum Step: Hashable, Sendable {
        /// It counts already.
        case keep(Declaration)
        case write(DeploymentDeclared)
    }

    /// - Parameters:
    ///   - history: what the topic `deployment` has; empty when there is none.
    ///   - partitionCounts: of the deployment's topics that exist.
    ///   - use: whether the other topics have records.
    /// - Throws: `DeclarationProblem` for what is not allowed.
    public func step(
        after history: DeclarationHistory, partitionCounts: [Topic: Int32], use: Declaration.Use
    ) throws(DeclarationProblem) -> Step {
        if let declaration, let partitions, partitions != declaration.partitions {
            throw DeclarationProblem(
                "--partitions \(partitions) contradicts the file, which has \(declaration.partitions)")
        }
        guard let current = history.current else {
            let wanted = declaration ?? .standard(partitions: partitions ?? Declaration.standardPartitions)
            try wanted.check(partitionCounts)
            return .write(DeploymentDeclared(revision: 1, declaration: wanted))
        }
        var wanted = declaration ?? current.declaration
        wanted.partitions = partitions ?? wanted.partitions
        if wanted == current.declaration { return .keep(wanted) }
        if let refusal = current.declaration.refusal(of: wanted, use) { throw refusal }
        return .write(
            DeploymentDeclared(
                revision: current.revision + 1, declaration: wanted, isBeforeAnyRecord: use == .nothingWritten))
    }
}

extension Declaration {
    /// Compares the topics that exist with what is declared.
    /// - Throws: `DeclarationProblem` that names all topics with another number of partitions.
    public func check(_ partitionCounts: [Topic: Int32]) throws(DeclarationProblem) {
        let others = Topic.allCases.compactMap { topic in
            partitionCounts[topic].flatMap { count in
                count == topic.partitionCount(declared: partitions) ? nil : "\(topic.rawValue) has \(count)"
            }
        }
        guard !others.isEmpty else { return }
        throw DeclarationProblem(
            "\(partitions) partitions are declared, but \(others.joined(separator: ", ")): a customer's partition follows"
                + " from the number, so with another one the same customer would be decided in two places. Partitions"
                + " can't be taken away again, and a new state directory does not help: see `soleholder topics check`")
    }
}
