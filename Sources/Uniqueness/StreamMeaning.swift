public import Messages

/// What an event of some aggregate means to the kernel, which knows no more of the aggregate than this: what it claims and
/// gives back, and what it means to the process that its stream waits for.
public struct StreamMeaning: Hashable, Sendable {
    public struct Release: Hashable, Sendable {
        /// What is put behind the event's id to name it.
        public var suffix: String
        public var body: KeyRelease

        public init(suffix: String, _ body: KeyRelease) {
            self.suffix = suffix
            self.body = body
        }
    }

    public enum Step: Hashable, Sendable {
        /// The stream waits from now on: this event begins a process.
        case began(ClaimPurpose, ValueChanges)
        /// What the stream has waited for since the event that began the process has come.
        case ended(End)
        /// The stream begins with what was reserved under this name: that process ends.
        case registered(reservation: String)
        case nothing
    }

    /// How a process ends.
    public enum End: Hashable, Sendable {
        /// The values are had for good.
        case settled
        /// The change was ended.
        case rejected(Loss)
        case unregistered(CustomerEvent.Reason, Loss?)
    }

    /// The stream's name.
    public var customerID: String
    /// The event's place in the stream, from 1.
    public var version: Int64
    public var claim: KeyClaim?
    public var releases: [Release]
    public var step: Step

    public init(
        customerID: String, version: Int64, claim: KeyClaim? = nil, releases: [Release] = [], step: Step = .nothing
    ) {
        self.customerID = customerID
        self.version = version
        self.claim = claim
        self.releases = releases
        self.step = step
    }

    /// What is put behind the event's id to name its claim.
    public static let claimSuffix = "claim"

    /// What the event asks of the index, with what is put behind its id to name each.
    public var wishes: [(suffix: String, body: KeyWish)] {
        (claim.map { [(Self.claimSuffix, .claim($0))] } ?? []) + releases.map { ($0.suffix, .release($0.body)) }
    }
}
