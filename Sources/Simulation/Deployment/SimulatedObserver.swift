internal import Messages
internal import Processing

/// What a worker tells about itself goes into the trace.
final class SimulatedObserver: ProcessingObserver {
    private unowned let process: SimulatedProcess
    private let group: ConsumerGroup
    private(set) var isCatchingUp = false
    /// Told which revision of the declaration counts for the worker from now on.
    var onAdoption: (Int64) -> Void = { _ in }

    init(_ process: SimulatedProcess, _ group: ConsumerGroup) {
        self.process = process
        self.group = group
    }

    func count(_ event: ProcessingCount, topic: Topic, by amount: Int) {}
    func batch(records: Int, outputs: Int) {}
    func took(_ phase: BatchPhase, seconds: Double) {}
    func proving() { process.served[group]?.proving(at: process.time) }
    func adopted(revision: Int64) {
        process.deployment.checker.sightings.note(.declarationAdopted)
        onAdoption(revision)
    }
    func proved() { process.served[group]?.proved() }
    func standing(_ standing: WorkerStanding) {
        isCatchingUp = !standing.takenOver.isEmpty
        process.served[group]?.stand(standing)
    }

    func note(_ level: ProcessingNoteLevel, _ message: String, _ details: [String: String]) {
        guard process.deployment.chronicle.isTraced else { return }
        let text = details.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        process.tell("\(group.rawValue): \(message) \(text)")
    }
}
