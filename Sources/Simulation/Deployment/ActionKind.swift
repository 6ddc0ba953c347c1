internal import Processing

/// The kinds of actions that a fault can be tied to.
package enum ActionKind: String, Hashable, Sendable, CaseIterable {
    case openProducer = "open-producer"
    case poll, heartbeat, assign, unassign
    case committedOffsets = "committed-offsets"
    case commit, transact, produce, watermarks
    case beginReading = "begin-reading"
    case read, store, wipe, pause, end

    init(_ action: WorkerAction) {
        self =
            switch action {
            case .openProducer: .openProducer
            case .poll: .poll
            case .heartbeat: .heartbeat
            case .assign: .assign
            case .unassign: .unassign
            case .committedOffsets: .committedOffsets
            case .commit: .commit
            case .transact: .transact
            case .produce: .produce
            case .watermarks: .watermarks
            case .beginReading: .beginReading
            case .read: .read
            case .store: .store
            case .wipe: .wipe
            case .pause: .pause
            case .end: .end
            }
    }
}

/// Where in an action's life something happens.
package enum ActionMoment: String, Hashable, Sendable, CaseIterable {
    /// It was decided, and is not begun.
    case before
    /// It is under way.
    case amid
    /// It is done, and nobody has heard of it.
    case after
}
