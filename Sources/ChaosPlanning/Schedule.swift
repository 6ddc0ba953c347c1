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

        /// Nil for load, which is no fault.
        public var kind: FaultKind? {
            switch self {
            case .service(_, let fault): fault.kind
            case .broker(let fault): fault.isKill ? .killBroker : .restartBroker
            case .inject(let kind, _): kind
            case .load: nil
            case .resend: .resend
            case .tangle: .tangle
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
                "tangle \(tangle.commands) customers \(tangle.customers) documents \(tangle.documents) seed \(tangle.seed)"
            case .resend(let resending): "resend \(resending.records) records seed \(resending.seed)"
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

    /// How often each kind is to happen.
    public var counts: [FaultKind: Int] {
        steps.reduce(into: [:]) { counts, step in
            if let kind = step.action.kind { counts[kind, default: 0] += 1 }
        }
    }
}

/// What happens to one instance, and for how long it is out.
public enum ServiceFault: Hashable, Sendable, CustomStringConvertible {
    case kill(State, down: Int)
    case freeze(Int)
    case restart(down: Int)
    case scaleAway(Int)

    /// What a killed instance finds when it starts again.
    public enum State: String, Hashable, Sendable { case kept, lost, old }

    public var kind: FaultKind {
        switch self {
        case .kill(.kept, _): .killKeepingState
        case .kill(.lost, _): .killLosingState
        case .kill(.old, _): .killWithOldState
        case .freeze: .freezeService
        case .restart: .restart
        case .scaleAway: .scaleAway
        }
    }

    /// How long the instance does nothing.
    public var milliseconds: Int {
        switch self {
        case .kill(_, let time), .freeze(let time), .restart(let time), .scaleAway(let time): time
        }
    }

    public var description: String {
        switch self {
        case .kill(let state, let time): "kill state \(state.rawValue) down \(time)"
        case .freeze(let time): "freeze \(time)"
        case .restart(let time): "restart down \(time)"
        case .scaleAway(let time): "scale-away \(time)"
        }
    }
}

public struct BrokerProcessFault: Hashable, Sendable {
    /// SIGKILL; SIGTERM otherwise.
    public var isKill: Bool
    public var milliseconds: Int
    /// `--sync` of the next life.
    public var sync: String
}

/// A run of the load generator.
public struct Wave: Hashable, Sendable {
    public var commands: Int
    public var rate: Int
    public var duplicatePercent: Int
    public var resendPercent: Int
    public var seed: Int

    /// The answer that its registrations go through, a function of the seed: `mixed` most often.
    public var strategy: String { ["mixed", "compensate", "mixed", "reserve", "derived"][abs(seed % 5)] }
}

/// Records of a topic that are written again, shuffled.
public struct Resending: Hashable, Sendable {
    public var records: Int
    public var seed: Int
}

/// Commands and requests of all kinds over few customers and documents of its own. What becomes of each depends on what
/// became of the others: the auditor alone can judge it.
public struct Tangle: Hashable, Sendable {
    public var commands: Int
    public var customers: Int
    public var documents: Int
    public var seed: Int
}

/// A fault as the broker's control endpoint takes it.
public struct InjectedFault: Hashable, Sendable {
    public var kind: String
    public var api: String?
    public var clientID: String?
    public var count = 1
    public var code: Int?
    public var milliseconds: Int?
    public var side: String?

    public var json: String {
        var members = ["\"kind\":\"\(kind)\"", "\"count\":\(count)"]
        if let api { members.append("\"api\":\"\(api)\"") }
        if let clientID { members.append("\"clientId\":\"\(clientID)\"") }
        if let code { members.append("\"code\":\(code)") }
        if let milliseconds { members.append("\"milliseconds\":\(milliseconds)") }
        if let side { members.append("\"on\":\"\(side)\"") }
        return "{\(members.joined(separator: ","))}"
    }
}
