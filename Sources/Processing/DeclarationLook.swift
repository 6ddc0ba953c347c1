internal import EventLog
internal import Messages

/// What is declared, looked at with the worker's reader: at each assignment, and when a record names an attribute that the
/// core does not know.
extension WorkerMachine {
    /// At an assignment: nothing is decided before it is known what counts now.
    func adoptDeclaration(then: @escaping () -> WorkerAction) -> WorkerAction {
        guard let due = adoptAt, world.now() >= due else { return then() }
        return readDeclaration { result in
            switch result {
            case .failure(let error):
                guard self.waits(for: error) else { return self.end(WorkerEnd(error)) }
                self.adoptAt = self.world.now().advanced(by: .seconds(1))
                self.trouble = error.description
                self.world.observer.note(
                    .warning, "what is declared can't be read; trying on", ["error": error.description])
                return then()
            case .success(let current):
                self.adoptAt = nil
                if let current, current.revision > self.declaredRevision {
                    self.core.adopt(current.declaration)
                    self.declaredRevision = current.revision
                    self.world.observer.adopted(revision: current.revision)
                    self.world.observer.note(
                        .info, "a newer declaration is in force", ["revision": String(current.revision)])
                }
                return then()
            }
        }
    }

    /// A record names an attribute that the core does not know: it may have been declared since. Then this process can't
    /// decide it, and another one must begin with what counts now.
    func lookBeforeDeciding(_ records: [LogRecord], then: @escaping () -> WorkerAction) -> WorkerAction {
        readDeclaration { result in
            switch result {
            case .failure(let error): return self.failed(error, producerIsSound: true, of: nil)
            case .success(let current):
                if let revision = current?.revision, revision > self.declaredRevision {
                    return self.end(
                        .outdated(
                            "revision \(revision) is declared, and this instance goes by \(self.declaredRevision)"))
                }
                return self.process(records, knowsDeclaration: true, then: then)
            }
        }
    }

    /// How many reads in a row may bring nothing, each after a tenth of a second.
    private static let patience = 50

    private func readDeclaration(
        _ then: @escaping (Result<DeclarationHistory.Entry?, LogError>) -> WorkerAction
    ) -> WorkerAction {
        let place = TopicPartition(topic: configuration.names.name(.deployment), partition: 0)
        // The reader is needed for this; what it was reading is begun again where it was.
        dropVerification()
        takeOver.readerTaken()
        return .watermarks([place], within: configuration.questionTime) { result in
            switch result {
            case .failure(let error): return then(.failure(error))
            case .success(let marks):
                guard let mark = marks[place], mark.low < mark.high else { return then(.success(nil)) }
                return .beginReading([place: .offset(mark.low)]) { error in
                    if let error { return then(.failure(error)) }
                    return self.read(DeclarationHistory(), to: mark.high, of: place, emptyReads: 0, then)
                }
            }
        }
    }

    private func read(
        _ history: DeclarationHistory, to end: Int64, of place: TopicPartition, emptyReads: Int,
        _ then: @escaping (Result<DeclarationHistory.Entry?, LogError>) -> WorkerAction
    ) -> WorkerAction {
        .read(maxRecords: 1_000, timeout: .milliseconds(100)) { result in
            switch result {
            case .failure(let error): return then(.failure(error))
            case .success(let (records, positions)):
                var history = history
                for record in records where record.topicPartition == place && record.offset < end {
                    history.take(record)
                }
                if positions[place] ?? 0 >= end { return then(.success(history.current)) }
                let emptyReads = records.isEmpty ? emptyReads + 1 : 0
                if self.world.isStopping() { return self.end(.asked) }
                if emptyReads > Self.patience {
                    return then(.failure(LogError(.unavailable, "what is declared can't be read", place: place)))
                }
                return .heartbeat { error in
                    if let error { return then(.failure(error)) }
                    return self.read(history, to: end, of: place, emptyReads: emptyReads, then)
                }
            }
        }
    }
}
