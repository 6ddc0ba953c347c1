internal import EventLog
internal import Messages

extension WorkerMachine {
    func putRight(_ verification: Verification, then: @escaping () -> WorkerAction) -> WorkerAction {
        let wrong = verification.allWrong
        if wrong.isEmpty { return finish(verification, then: then) }
        world.observer.note(
            .warning, "someone else has written to what this service serves; it is put right",
            ["topic": wrong[0].topic, "records": String(wrong.count)])
        let fences = Set(wrong.map(\.partition)).compactMap(owned.fence)
        return .commit(fences.reduce(into: [:]) { $0.merge($1.all) { $1 } }) { error in
            if let error { return self.giveUp(.log(error), then: then) }
            return self.serveAgain(wrong[...], verification) { self.finish(verification, then: then) }
        }
    }

    /// Writes again what the state says of the keys of these records, a batch at a time.
    private func serveAgain(
        _ wrong: ArraySlice<LogRecord>, _ verification: Verification, then: @escaping () -> WorkerAction
    ) -> WorkerAction {
        // Where it was dropped, the partitions were taken over anew meanwhile, and it is due again.
        if wrong.isEmpty || self.verification !== verification { return then() }
        let records = wrong.prefix(configuration.batchSize)
        let restating = Restating()
        do throws(StateStoreError) {
            for record in records { try restate(record, restating) }
        } catch { return end(error) }
        return readCauses(restating) { failure in
            if let failure { return self.giveUp(failure, then: then) }
            let goOn = { self.serveAgain(wrong.dropFirst(records.count), verification, then: then) }
            let steps = restating.steps.sorted { $0.key < $1.key }.map(\.value).filter { !$0.outputs.isEmpty }
            guard let batch = Batch(self.parts(steps)) else { return goOn() }
            return self.deliver(batch, then: goOn)
        }
    }

    /// A batch of what is written again.
    private final class Restating {
        var steps: [Int32: Step] = [:]
        /// Input records that what is written again follows from.
        var causes: [TopicPartition: Set<Int64>] = [:]
        var emptyReads = 0
    }

    private func restate(_ record: LogRecord, _ restating: Restating) throws(StateStoreError) {
        guard let topic = configuration.names.topic(record.topic), let input = core.group.inputs.first else { return }
        let step = restating.steps[record.partition] ?? makeStep(record.partition, now: world.now())
        restating.steps[record.partition] = step
        switch try core.judge(record, from: topic, by: step.state) {
        case .right: break
        case .superfluous(let headers): step.emitTombstone(key: record.key ?? [], headers: headers, to: topic)
        case .superseded(let cause):
            let place = TopicPartition(topic: configuration.names.name(input), partition: record.partition)
            restating.causes[place, default: []].insert(cause)
        }
    }

    private func readCauses(
        _ restating: Restating, then: @escaping (WorkerFailure?) -> WorkerAction
    ) -> WorkerAction {
        let starts = restating.causes.compactMapValues { $0.min().map { StartPosition.offset($0) } }
        if starts.isEmpty { return then(nil) }
        return .beginReading(starts) { error in
            error.map { then(.log($0)) } ?? self.readSomeCauses(restating, then: then)
        }
    }

    /// How many reads in a row may bring nothing, each after a tenth of a second.
    private static let causePatience = 100

    /// Reads a piece from the first cause of each partition on, and then begins at the first one that is left.
    private func readSomeCauses(
        _ restating: Restating, then: @escaping (WorkerFailure?) -> WorkerAction
    ) -> WorkerAction {
        .read(maxRecords: 5_000, timeout: .milliseconds(100)) { result in
            do throws(WorkerFailure) {
                let (records, reached) = try result.orFailure()
                try self.restate(records, restating)
                restating.emptyReads = records.isEmpty ? restating.emptyReads + 1 : 0
                for (place, position) in reached {
                    restating.causes[place] = restating.causes[place]?.filter { $0 >= position }
                }
            } catch { return then(error) }
            if self.world.isStopping() { return self.end(.asked) }
            if restating.emptyReads > Self.causePatience {
                return then(.log(LogError(.unavailable, "records that were processed can't be read")))
            }
            return .heartbeat { error in
                if let error { return then(.log(error)) }
                return restating.emptyReads > 0
                    ? self.readSomeCauses(restating, then: then) : self.readCauses(restating, then: then)
            }
        }
    }

    private func restate(_ causes: [LogRecord], _ restating: Restating) throws(WorkerFailure) {
        for cause in causes {
            guard restating.causes[cause.topicPartition]?.remove(cause.offset) != nil,
                let topic = configuration.names.topic(cause.topic), let step = restating.steps[cause.partition]
            else { continue }
            do { try core.serveAgain(cause, from: topic, in: step) } catch { throw .store(error) }
        }
    }
}
