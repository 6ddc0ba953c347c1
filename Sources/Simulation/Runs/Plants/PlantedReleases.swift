internal import EventLog
internal import Messages
internal import Processing
internal import ServiceCores

/// An index that frees what its customer holds, whichever version or reservation a release names.
final class LateReleases: WrappedCore {
    /// The last version by which each key was claimed, under the key and the customer.
    private var claimed: [[UInt8]: Int64] = [:]

    override func handle(_ record: LogRecord, from topic: Topic, customerID: String, in step: Step)
        throws(StateStoreError)
    {
        var record = record
        if var message = try? Message<KeyWish>(decoding: record.value) {
            let key = message.body.key
            let pair = key.bytes + [0] + Array(message.body.customerID.utf8)
            switch message.body {
            case .claim(let claim):
                if let version = claim.ground.version { claimed[pair] = max(claimed[pair] ?? 0, version) }
            case .release(var release):
                let holder = try step.state.value(KeyEntry.table, key.bytes).flatMap(KeyEntry.init)?.published(key)
                if let holder, holder.status == .claimed, holder.customerID.isExactly(release.customerID),
                    let version = claimed[pair]
                {
                    if case .version(let named) = release.ground, named > version { break }
                    release.ground = .version(version + 1)
                    message.body = .release(release)
                    record.value = message.encoded()
                }
            }
        }
        try super.handle(record, from: topic, customerID: customerID, in: step)
    }
}

/// An index that does not remember which releases it has seen.
final class ForgottenReleases: WrappedCore {
    override func handle(_ record: LogRecord, from topic: Topic, customerID: String, in step: Step)
        throws(StateStoreError)
    {
        if let message = try? Message<KeyWish>(decoding: record.value), case .claim = message.body {
            let pair = message.body.key.bytes + [0x1F] + Array(message.body.customerID.utf8)
            for table in tables where table.name == "released" { step.state.set(table, pair, to: nil) }
        }
        try super.handle(record, from: topic, customerID: customerID, in: step)
    }
}

/// Of what a process gives back, sends the last release in the place of the first.
func keepingFirstKey(_ records: [OutgoingRecord]) -> [OutgoingRecord] {
    var first: [String: Int] = [:]
    var last: [String: Int] = [:]
    for (place, record) in records.enumerated() where record.topic == Topic.uniqueClaims.rawValue {
        guard let wish = try? Message<KeyWish>(decoding: record.value).body, case .release(let release) = wish,
            case .reservation(let name) = release.ground
        else { continue }
        first[name] = first[name] ?? place
        last[name] = place
    }
    var records = records
    for (name, place) in first { records[place] = records[last[name] ?? place] }
    return records
}
