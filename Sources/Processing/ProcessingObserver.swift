public import Messages

/// What the runtime tells about itself. The shell turns it into logs and metrics; nothing here may hold a payload.
public protocol ProcessingObserver: AnyObject {
    /// Counts something that happened, `amount` times.
    func count(_ event: ProcessingCount, topic: Topic, by amount: Int)
    /// A batch is through: how many records came and went.
    func batch(records: Int, outputs: Int)
    /// A part of a batch is through, and what it took in seconds.
    func took(_ phase: BatchPhase, seconds: Double)
    /// Something worth a line in the log.
    func note(_ level: ProcessingNoteLevel, _ message: String, _ details: [String: String])
    /// How the worker stands has changed.
    func standing(_ standing: WorkerStanding)
    /// A commit begins. Whether it is taken shows whether the group still counts this worker in.
    func proving()
    /// A batch was committed right now, or could have been.
    func proved()
    /// The core goes by another revision of the declaration from now on.
    func adopted(revision: Int64)
}

extension ProcessingObserver {
    public func adopted(revision: Int64) {}
}

public enum ProcessingCount: String, Sendable, CaseIterable {
    case consumed, produced
    case deadLettered = "dead_lettered"
    case rerouted
    /// Dropped, because it was seen before.
    case repeated
    /// Dropped, because it contradicts what came first.
    case void
    /// Skipped, because its type is unknown here.
    case skipped
    case aborted
    case retried
}

/// The parts of a batch's life.
public enum BatchPhase: String, Sendable, CaseIterable { case decide, kafka, store }

public enum ProcessingNoteLevel: Sendable { case info, warning, error }
