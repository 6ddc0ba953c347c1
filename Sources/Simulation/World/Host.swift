/// What lives, freezes (SIGSTOP) and dies together: one process of a deployment.
package final class Host {
    package enum Condition: Hashable, Sendable { case running, frozen, dead }

    package let name: String
    package let timeline: Timeline
    package private(set) var condition = Condition.running
    /// What was due while the host was frozen, in the order in which it was due.
    private var pending: [(id: TimerID?, action: () -> Void)] = []
    private var deathActions: [() -> Void] = []

    package init(name: String, timeline: Timeline) {
        self.name = name
        self.timeline = timeline
    }

    /// Runs the action after that time: never when the host is dead then; at the thaw when it is frozen.
    @discardableResult
    package func after(_ microseconds: Int64, _ action: @escaping () -> Void) -> TimerID {
        timeline.schedule(timeline.now &+ max(0, microseconds), self, action)
    }

    package func cancel(_ id: TimerID) {
        timeline.cancel(id)
        if !pending.isEmpty { pending.removeAll { $0.id == id } }
    }

    /// Runs the action now, or at the thaw, or never.
    package func perform(_ action: @escaping () -> Void) {
        switch condition {
        case .running: action()
        case .frozen: pending.append((nil, action))
        case .dead: break
        }
    }

    func run(_ id: TimerID, _ action: @escaping () -> Void) {
        switch condition {
        case .running: action()
        case .frozen: pending.append((id, action))
        case .dead: break
        }
    }

    /// Stops the host: nothing of it happens, and all that reaches it waits.
    package func freeze() {
        if condition == .running { condition = .frozen }
    }

    /// Lets the host go on, at once with what waited.
    package func thaw() {
        guard condition == .frozen else { return }
        condition = .running
        while condition == .running, !pending.isEmpty { pending.removeFirst().action() }
    }

    /// Ends the host. Its connections close, as an operating system closes them.
    package func kill() {
        guard condition != .dead else { return }
        condition = .dead
        pending = []
        let actions = deathActions
        deathActions = []
        for action in actions { action() }
    }

    package func onDeath(_ action: @escaping () -> Void) {
        if condition == .dead { action() } else { deathActions.append(action) }
    }
}
