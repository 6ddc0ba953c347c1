internal import EventLog

/// Runs a worker's state machine on the calling thread, with calls that block.
public final class Worker {
    private let machine: WorkerMachine
    private let ports: WorkerPorts
    private var producer: Producer?
    /// One that is not registered yet.
    private var opening: (any TransactionalProducer)?

    private enum Producer {
        case transactional(any TransactionalProducer)
        case batch(any BatchProducer)
    }

    public init(core: any ServiceCore, configuration: WorkerConfiguration, ports: WorkerPorts) {
        self.ports = ports
        let guarantee: DeliveryGuarantee =
            switch ports.producers {
            case .exactlyOnce: .exactlyOnce
            case .atLeastOnce: .atLeastOnce
            }
        machine = WorkerMachine(
            core: core, configuration: configuration, guarantee: guarantee,
            world: WorkerSurroundings(
                store: ports.store, observer: ports.observer, now: ports.now, isStopping: ports.isStopping))
    }

    /// Runs until asked to stop, or until going on would break a promise.
    /// - Parameter closing: told the end before everything is closed, which may take long.
    public func run(closing: (WorkerEnd) -> Void = { _ in }) -> WorkerEnd {
        var action = machine.start()
        while true {
            if case .end(let end) = action {
                closing(end)
                ports.consumer.close()
                closeProducer()
                ports.reader.close()
                ports.store.close()
                return end
            }
            action = carryOut(action)
        }
    }

    private func carryOut(_ action: WorkerAction) -> WorkerAction {
        switch action {
        case .openProducer(let then): then(failure { () throws(LogError) in try openProducer() })
        case .poll(let maxRecords, let timeout, let then):
            then(
                result { () throws(LogError) in
                    try ports.consumer.poll(maxRecords: maxRecords, timeout: timeout)
                })
        case .heartbeat(let then): then(failure { () throws(LogError) in _ = try ports.consumer.heartbeat() })
        case .assign(let positions, let then):
            then(failure { () throws(LogError) in try ports.consumer.assign(positions) })
        case .unassign(let then): then(failure { () throws(LogError) in try ports.consumer.unassign() })
        case .committedOffsets(let places, let timeout, let then):
            then(result { () throws(LogError) in try ports.consumer.committed(places, within: timeout) })
        case .commit(let offsets, let then):
            then(failure { () throws(LogError) in try ports.consumer.commit(offsets) })
        case .transact(let records, let offsets, let then): then(transact(records, offsets))
        case .produce(let records, let then): then(result { () throws(LogError) in try produce(records) })
        case .watermarks(let places, let timeout, let then):
            then(result { () throws(LogError) in try ports.reader.watermarks(places, within: timeout) })
        case .beginReading(let positions, let then):
            then(failure { () throws(LogError) in try ports.reader.assign(positions) })
        case .read(let maxRecords, let timeout, let then):
            then(
                result { () throws(LogError) in
                    let records = try ports.reader.poll(maxRecords: maxRecords, timeout: timeout)
                    return (records, try ports.reader.positions())
                })
        case .store(let changes, let then):
            then(storeFailure { () throws(StateStoreError) in try ports.store.commit(changes) })
        case .wipe(let partition, let rows, let then):
            then(
                Result { () throws(StateStoreError) in try ports.store.wipe(partition: partition, rows: rows) })
        case .pause(let time, let then): pause(time, then)
        case .end: action
        }
    }

    private func pause(_ time: Duration, _ then: () -> WorkerAction) -> WorkerAction {
        ports.pause(time)
        return then()
    }

    private func result<Value>(_ call: () throws(LogError) -> Value) -> Result<Value, LogError> {
        do { return .success(try call()) } catch { return .failure(error) }
    }

    private func failure(_ call: () throws(LogError) -> Void) -> LogError? {
        do {
            try call()
            return nil
        } catch { return error }
    }

    private func storeFailure(_ call: () throws(StateStoreError) -> Void) -> StateStoreError? {
        do {
            try call()
            return nil
        } catch { return error }
    }

    private func openProducer() throws(LogError) {
        switch ports.producers {
        case .exactlyOnce(let make):
            let made: any TransactionalProducer
            if let opening {
                made = opening
            } else {
                closeProducer()
                made = try make()
            }
            opening = nil
            do throws(LogError) { try made.initialize() } catch {
                // Registering goes on behind the call that was not answered in time; a new one would begin it anew.
                if error.isRetriable { opening = made } else { made.close() }
                throw error
            }
            producer = .transactional(made)
        case .atLeastOnce(let make):
            closeProducer()
            producer = .batch(try make())
        }
    }

    private func closeProducer() {
        switch producer {
        case .transactional(let producer): producer.close()
        case .batch(let producer): producer.close()
        case nil: break
        }
        producer = nil
        opening?.close()
        opening = nil
    }

    private func transact(
        _ records: [OutgoingRecord], _ offsets: [TopicPartition: Int64]
    ) -> TransactionResult {
        guard case .transactional(let producer) = producer else {
            return .indeterminate(LogError(.unavailable, "there is no producer"))
        }
        return producer.transact(records, offsets: offsets, of: ports.consumer)
    }

    private func produce(_ records: [OutgoingRecord]) throws(LogError) -> [Int64] {
        guard case .batch(let producer) = producer else { throw LogError(.unavailable, "there is no producer") }
        return try producer.produce(records)
    }
}
