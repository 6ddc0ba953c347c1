/// All that a campaign will do, and when. A function of the campaign's options alone.
public struct Schedule: Hashable, Sendable {
    /// Something to be done at a time, in milliseconds after the services were ready.
    public struct Step: Hashable, Sendable, CustomStringConvertible {
        public var time: Int
        public var action: Action

        public var description: String { "\(time) \(action)" }
    }

    public enum Action: Hashable, Sendable, CustomStringConvertible {
        case service(InstanceName, ServiceFault)
        case broker(BrokerProcessFault)
        case inject(FaultKind, InjectedFault)
        case load(Wave)
        case resend(Resending)
        case tangle(Tangle)
        case giants(Giants)
        case declare(Declaring)
        case group(GroupFault)
        case stranger(Stranger)
        case nodes(NodeFault)
        /// Comes last: every service that it concerns must stop.
        case deployment(DeploymentFault)

        /// Nil for load, which is no fault.
        public var kind: FaultKind? {
            switch self {
            case .service(_, let fault): fault.kind
            case .broker(let fault): fault.isKill ? .killBroker : .restartBroker
            case .inject(let kind, _): kind
            case .load: nil
            case .resend: .resend
            case .tangle: .tangle
            case .giants: .giants
            case .declare: .declare
            case .group(let fault): fault.kind
            case .stranger: .stranger
            case .nodes(let fault): fault.kind
            case .deployment(let fault): fault.kind
            }
        }

        public var description: String {
            switch self {
            case .service(let instance, let fault): "\(instance) \(fault)"
            case .broker(let fault):
                "broker \(fault.isKill ? "kill" : "restart") down \(fault.milliseconds) sync \(fault.sync)"
            case .inject(let kind, let fault): "\(kind.rawValue) \(fault.json)"
            case .load(let wave):
                "load \(wave.commands) at \(wave.rate)/s duplicates \(wave.duplicatePercent) % resends \(wave.resendPercent) % seed \(wave.seed)"
            case .tangle(let tangle):
                "tangle \(tangle.commands) customers \(tangle.customers) values \(tangle.values) seed \(tangle.seed)"
            case .resend(let resending): "resend \(resending.records) records seed \(resending.seed)"
            case .giants(let giants):
                "giants \(giants.records) of \(giants.bytes) bytes, \(giants.headerBytes) in headers, seed \(giants.seed)"
            case .declare(let declaring):
                "declare, \(declaring.registrations) registrations, seed \(declaring.seed)"
            case .group(let fault): "\(fault)"
            case .stranger(let stranger): "\(stranger)"
            case .nodes(let fault): "\(fault)"
            case .deployment(let fault): "\(fault)"
            }
        }
    }

    public var steps: [Step]

    /// Tells schedules apart: FNV-1a over their text.
    public var fingerprint: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for step in steps {
            for byte in Array("\(step)\n".utf8) {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// What the campaign ends with; nil for campaigns that the services survive.
    public var deploymentFault: DeploymentFault? {
        guard case .deployment(let fault) = steps.last?.action else { return nil }
        return fault
    }

    /// How often each kind is to happen.
    public var counts: [FaultKind: Int] {
        steps.reduce(into: [:]) { counts, step in
            if let kind = step.action.kind { counts[kind, default: 0] += 1 }
        }
    }
}
