public import ArgumentParser
public import Processing

extension DeliveryGuarantee: ExpressibleByArgument {}

/// What the three services understand beside the shared options.
public struct ServiceOptions: ParsableArguments {
    @Option(
        name: .customLong("state-directory"),
        help: ArgumentHelp(
            "Where the service keeps its state, a cache of the log. (default: ./state/<service>)",
            discussion: "Each running instance needs a directory of its own.", valueName: "directory"))
    var stateDirectoryFlag: String?

    /// What stands behind the guarantees.
    @Option(
        help: ArgumentHelp(
            "exactly-once uses Kafka transactions; at-least-once is faster, and repeats records after a failure.",
            valueName: "guarantee"))
    public var deliveryGuarantee: DeliveryGuarantee = .exactlyOnce

    /// The name of this instance as a static member of its group; nil for a dynamic member.
    @Option(
        name: .customLong("instance-id"),
        help: ArgumentHelp(
            "Names this instance among those of its service, so that a restart gets its partitions back at once.",
            discussion: "No two running instances may have the same one.", valueName: "name"))
    public var instanceID: String?

    @Option(
        name: .customLong("http-address"),
        help: ArgumentHelp(
            "Where /healthz, /readyz and /metrics are served: HOST:PORT, :PORT on loopback, :0 for a free port, or none.",
            discussion: "The default is loopback, on a port of the service's own.", valueName: "address"))
    var httpAddressFlag: HTTPAddress?

    public init() {}

    /// Refuses an instance id that the group protocol, or a file name, could not bear.
    public func validate() throws {
        if let instanceID, !(1...200).contains(instanceID.utf8.count) || !instanceID.utf8.allSatisfy(\.isNameCharacter)
        {
            throw ValidationError(
                "--instance-id '\(instanceID)' can't name an instance: it takes 1 to 200 of A-Z a-z 0-9 . _ -")
        }
        if let stateDirectoryFlag, stateDirectoryFlag.isEmpty {
            throw ValidationError("--state-directory is empty: name a directory")
        }
    }

    /// - Parameter service: the service's name, such as `command-service`.
    public func stateDirectory(of service: String) -> String { stateDirectoryFlag ?? "./state/\(service)" }

    /// - Parameter defaultPort: the service's own port, on loopback, when no address was given.
    public func httpAddress(defaultPort: UInt16) -> HTTPAddress {
        httpAddressFlag ?? .listen(host: HTTPAddress.loopback, port: defaultPort)
    }

    /// These options as environment variables, for `EnvironmentArguments`.
    public static let environmentFlags = [
        EnvironmentFlag("state-directory"),
        EnvironmentFlag("delivery-guarantee"),
        EnvironmentFlag("instance-id"),
        EnvironmentFlag("http-address"),
    ]
}
