public import Messages
public import Uniqueness

extension CustomerEvent {
    /// What it means to the kernel.
    public var meaning: StreamMeaning {
        var meaning = StreamMeaning(customerID: customerID, version: version)
        switch kind {
        case .registered(_, let status, let reservation):
            meaning.claim = claim(values, .registration, reservation)
            if status == .pending {
                meaning.step = .began(.registration, ValueChanges(values))
            } else if let reservation {
                meaning.step = .registered(reservation: reservation)
            }
        case .confirmed: meaning.step = .ended(.settled)
        case .changeStarted(let wanted):
            meaning.claim = claim(wanted.wanted, .change)
            meaning.step = .began(.change, wanted)
        case .changed(let previous, let reusableFrom):
            meaning.releases = releases(previous, "release", reusableFrom)
            meaning.step = .ended(.settled)
        case .changeRejected(let rejected, let loss):
            // It had those before the one that it lost.
            meaning.releases = releases(rejected, "release-wanted")
            meaning.step = .ended(.rejected(loss))
        case .unregistered(let reason, let loss, let wanted, let reusableFrom):
            // A change that was in flight may have been granted already, or is after this.
            meaning.releases =
                releases(values, "release", reusableFrom) + (wanted.map { releases($0.wanted, "release-wanted") } ?? [])
            meaning.step = .ended(.unregistered(reason, loss))
        }
        return meaning
    }

    private func claim(_ values: UniqueValues, _ purpose: ClaimPurpose, _ reservation: String? = nil) -> KeyClaim? {
        KeyClaim(
            customerID: customerID, keys: values.keys,
            ground: .event(version: version, purpose: purpose, reservation: reservation))
    }

    private func releases(
        _ values: UniqueValues, _ name: String, _ times: ReuseTimes = .none
    ) -> [StreamMeaning.Release] {
        values.keys.map { key in
            let release = KeyRelease(
                customerID: customerID, key: key, ground: .version(version), reusableFrom: times[key.attribute])
            return StreamMeaning.Release(suffix: "\(name)/\(key.attribute)", release)
        }
    }
}
