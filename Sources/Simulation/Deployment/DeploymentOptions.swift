package import Auditing
package import Messages
package import Processing

/// What a deployment is like.
package struct DeploymentOptions: Hashable, Sendable, CustomStringConvertible {
    package var guarantee = DeliveryGuarantee.exactlyOnce
    /// What is declared from the beginning.
    package var declaration = Declaration.standard(partitions: 2)
    /// What an operator declares while the run goes on.
    package var revision: Revision?
    /// Nodes of the broker.
    package var nodes: Int32 = 1
    /// Instances of each service, in the order of `Service.allCases`.
    package var instances = [1, 1, 1]
    /// Whether instances are static members of their groups.
    package var isStatic = false
    package var hasAdvice = false
    package var batchSize = 10
    /// Extra time that an instance of each slot takes for a decision and for a write, in microseconds.
    package var slowness: [Int64] = []
    /// Instances that join when all is well again, each some time after that, with nothing in its state directory.
    package var joiners: [Joiner] = []
    /// Plants a bug: who catches up does not answer its group.
    package var catchesUpBeforeAnswering = false
    /// Plants a bug: an offset counts, whoever has committed it.
    package var trustsAnyOffset = false
    /// Plants a bug: over HTTP an instance answers from all that it has ever read.
    package var answersFromAnyPartition = false
    /// The one guarantee that the run is judged by, and by the auditor alone. For a planted bug that breaks others as well,
    /// at the first record that shows it: then nobody would see what else comes of it.
    package var soleInvariant: AuditReport.Invariant?

    /// The next declaration, and when it is written.
    package struct Revision: Hashable, Sendable {
        /// Microseconds after the start.
        package var time: Int64
        package var declaration: Declaration
    }

    package var partitionCount: Int32 {
        get { declaration.partitions }
        set {
            declaration.partitions = newValue
            revision?.declaration.partitions = newValue
        }
    }

    /// What counts in the end.
    package var lastDeclaration: Declaration { revision?.declaration ?? declaration }

    /// An instance that comes late.
    package struct Joiner: Hashable, Sendable {
        package var service: Service
        /// Microseconds after healing.
        package var time: Int64
        /// What its machine takes to read a record of the log, in microseconds.
        package var readingTime: Int64
    }

    /// Most milliseconds from the answer to EndTxn to each of the transaction's markers.
    package var markerDelay: Int64 = 0
    /// How long coordinators load, in milliseconds.
    package var loadTime: Int64 = 0
    /// How often the broker looks for transactions that take too long, in milliseconds.
    package var abortInterval: Int64 = 1

    package init() {}

    package var description: String {
        "guarantee=\(guarantee.rawValue) partitions=\(partitionCount) nodes=\(nodes) instances="
            + instances.map(String.init).joined(separator: "+")
            + " static=\(isStatic) attributes=\(Self.text(declaration))"
            + (revision.map { " then=\(Self.text($0.declaration))@\(seconds($0.time))" } ?? "") + " advice=\(hasAdvice)"
            + " batch=\(batchSize) slowness=" + slowness.map { seconds($0) }.joined(separator: "+")
            + " markers=\(markerDelay)ms loading=\(loadTime)ms scan=\(abortInterval)ms"
            + " joiners="
            + joiners.map { "\($0.service.rawValue)@\(seconds($0.time))/\(seconds($0.readingTime))" }
            .joined(separator: "+")
    }

    private static func text(_ declaration: Declaration) -> String {
        declaration.attributes.map {
            "\($0.name)(\($0.normalize),\($0.reuse)\($0.isRequired ? "" : ",optional"))"
        }.joined(separator: "+")
    }
}
