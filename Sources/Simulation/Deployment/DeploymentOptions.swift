package import Messages
package import Processing

/// What a deployment is like.
package struct DeploymentOptions: Hashable, Sendable, CustomStringConvertible {
    package var guarantee = DeliveryGuarantee.exactlyOnce
    package var partitionCount: Int32 = 2
    /// Nodes of the broker.
    package var nodes: Int32 = 1
    /// Instances of each service, in the order of `Service.allCases`.
    package var instances = [1, 1, 1]
    /// Whether instances are static members of their groups.
    package var isStatic = false
    package var reuse = DocumentReuse.immediately
    package var hasAdvice = false
    package var batchSize = 10
    /// Extra time that an instance of each slot takes for a decision and for a write, in microseconds.
    package var slowness: [Int64] = []
    /// Instances that join when all is well again, each some time after that, with nothing in its state directory.
    package var joiners: [Joiner] = []
    /// Plants a bug: who catches up does not answer its group.
    package var catchesUpBeforeAnswering = false

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
            + " static=\(isStatic) reuse=\(reuse) advice=\(hasAdvice)"
            + " batch=\(batchSize) slowness=" + slowness.map { seconds($0) }.joined(separator: "+")
            + " markers=\(markerDelay)ms loading=\(loadTime)ms scan=\(abortInterval)ms"
            + " joiners="
            + joiners.map { "\($0.service.rawValue)@\(seconds($0.time))/\(seconds($0.readingTime))" }
            .joined(separator: "+")
    }
}
