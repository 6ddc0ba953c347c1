internal import EventLog
internal import Messages

/// Somebody who joins a group of ours with a client of its own (a console consumer, a tool), reads, commits what it has
/// read, and does nothing with it.
final class Stranger {
    private let host: Host
    private let consumer: SimulatedConsumer
    private let onCommit: () -> Void
    private var isLeaving = false

    /// - Parameter onCommit: told of each commit that the group has taken.
    init(_ group: String, topics: [String], deployment: Deployment, onCommit: @escaping () -> Void) {
        host = Host(name: "stranger", timeline: deployment.timeline)
        consumer = SimulatedConsumer(
            host: host, network: deployment.network, settings: deployment.settings, group: group, topics: topics)
        self.onCommit = onCommit
        poll()
    }

    func leave() {
        isLeaving = true
        consumer.close()
        host.after(1_000_000) { [host] in host.kill() }
    }

    /// The end of the run.
    func die() { host.kill() }

    private func poll() {
        consumer.poll(maxRecords: 100, timeout: .milliseconds(500)) { [self] result in
            guard !isLeaving else { return }
            switch result {
            case .success(.assigned(let places)): take(places)
            case .success(.revoked):
                consumer.unassign()
                poll()
            case .success(.records(let records)): commit(records)
            case .failure: host.after(100_000) { self.poll() }
            }
        }
    }

    private func take(_ places: [TopicPartition]) {
        consumer.committed(places) { [self] result in
            guard !isLeaving else { return }
            let offsets = (try? result.get()) ?? [:]
            let starts = places.map { ($0, offsets[$0].map { StartPosition.offset($0.next) } ?? .earliest) }
            consumer.assign(Dictionary(uniqueKeysWithValues: starts))
            poll()
        }
    }

    private func commit(_ records: [LogRecord]) {
        var offsets: [TopicPartition: Int64] = [:]
        for record in records { offsets[record.topicPartition] = record.offset + 1 }
        if offsets.isEmpty { return poll() }
        consumer.commit(offsets) { [self] error in
            if error == nil { onCommit() }
            if !isLeaving { poll() }
        }
    }
}

extension Deployment {
    func letIn(_ group: ConsumerGroup, for time: Int64) {
        checker.toleratesRepeats = true
        let stranger = Stranger(names.name(group), topics: group.inputs.map(names.name), deployment: self) {
            [checker] in
            checker.sightings.note(.strangersOffset)
        }
        strangers.append(stranger)
        timeline.after(time) { stranger.leave() }
    }

    /// Stops all instances of the service that has the group, and changes its offsets when it has no members any more.
    func change(_ group: ConsumerGroup, _ change: OffsetChange, _ state: StateFate) {
        checker.toleratesRepeats = true
        let sessionsEnd = settings.sessionTimeout + 500_000
        for slot in slots where slot.service.groups.contains(group) {
            slot.heldUntil = max(slot.heldUntil, timeline.now + sessionsEnd + 100_000)
            kill(slot.number, sessionsEnd + 100_000, state)
        }
        timeline.after(sessionsEnd) { [weak self] in
            guard let self else { return }
            let isDone = broker.changeOffsets(of: names.name(group), inputs: group.inputs.map(names.name), change)
            chronicle.tell(timeline.now, "fault", "offsets of \(group.rawValue) \(isDone ? "changed" : "not changed")")
            if isDone { checker.sightings.note(change == .deleted ? .offsetsDeleted : .offsetsSet) }
        }
    }
}
