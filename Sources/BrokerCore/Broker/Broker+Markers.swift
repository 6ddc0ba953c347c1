internal import EventLog
internal import KafkaProtocol

extension Broker {
    /// Ends a transaction everywhere: in its partitions and groups, and only then for its coordinator, so that whatever a
    /// crash cuts off is done again.
    mutating func begin(_ end: TransactionMarkers, _ step: inout Step) {
        let targets = end.targets
        if configuration.markerDelay > 0 && !targets.isEmpty || targets.contains(where: isOutOfReach) {
            markers.add(end, now: step.now, longest: configuration.markerDelay)
            seen.delayedMarkers += targets.count
            return writeDueMarkers(&step)
        }
        for target in targets { write(end, to: target, &step) }
        complete(end, &step)
    }

    /// Writes the markers whose time has come.
    mutating func writeDueMarkers(_ step: inout Step) {
        while let marker = markers.removeFirst(due: step.now) {
            if isOutOfReach(marker.target) {
                markers.putOff(marker, until: step.now.clampedSum(Self.markerRetryTime))
                continue
            }
            write(marker.end, to: marker.target, &step)
            if markers.wrote(marker) { complete(marker.end, &step) }
        }
    }

    /// Milliseconds until a marker is sent again to a leader that was not there.
    private static let markerRetryTime: Int64 = 100

    /// Whether nobody is there who could write the marker.
    private func isOutOfReach(_ target: MarkerQueue.Target) -> Bool {
        let place =
            switch target {
            case .partition(let place): place
            case .group(let groupID): Coordination.place(ofGroup: groupID)
            }
        // A partition that is gone needs no marker.
        if partitions[place] == nil, nodes.leads[place] == nil, !nodes.isSingle { return false }
        return nodes.leader(of: place).map { !nodes.isUp($0) } ?? true
    }

    private mutating func complete(_ end: TransactionMarkers, _ step: inout Step) {
        run(
            transactions.markersWritten(
                transactionalID: end.transactionalID, producerID: end.producerID, producerEpoch: end.producerEpoch,
                now: step.now), &step)
    }

    private mutating func write(_ end: TransactionMarkers, to target: MarkerQueue.Target, _ step: inout Step) {
        switch target {
        case .group(let groupID):
            run(groups.endTransaction(producerID: end.producerID, groupID: groupID, end.result, now: step.now), &step)
        case .partition(let place): write(end, in: place, &step)
        }
    }

    private mutating func write(_ end: TransactionMarkers, in place: TopicPartition, _ step: inout Step) {
        let marker = EndTransactionMarker(
            result: end.result == .commit ? .commit : .abort, coordinatorEpoch: end.coordinatorEpoch)
        // A partition that is gone needs no marker; one that has a newer epoch of the producer knows of the end.
        guard
            let appended = try? partitions[place]?.appendMarker(
                marker, producerID: end.producerID, producerEpoch: end.producerEpoch, now: step.now,
                leaderEpoch: nodes.epoch(of: place))
        else { return }
        let action = AppendAction(
            baseOffset: appended.offset, lastOffset: appended.offset, bytes: appended.bytes,
            startsSegment: appended.startsSegment)
        step.actions.append(.append(place, action))
        touch(place, &step)
    }
}
