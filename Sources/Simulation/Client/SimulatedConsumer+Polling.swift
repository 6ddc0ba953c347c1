package import EventLog

extension SimulatedConsumer {
    /// Waits up to `timeout` for records or news of the group.
    package func poll(
        maxRecords: Int, timeout: Duration, then: @escaping (Result<PollResult, LogError>) -> Void
    ) {
        guard !isClosed, pendingPoll == nil else {
            let error = isClosed ? closedError("poll") : LogError(.other, "poll: the last one is not answered yet")
            host.after(0) { then(.failure(error)) }
            return
        }
        notePolled()
        fetchMore()
        var timers = [host.after(timeout.wholeMicroseconds) { [self] in endPoll() }]
        if hasSomethingToSay { timers.append(host.after(0) { [self] in answerPoll() }) }
        pendingPoll = PendingPoll(maxRecords: maxRecords, timers: timers, then: then)
    }

    /// Serves the group without taking records. What arrives is kept for the next `poll`; the answer tells whether there
    /// is any.
    package func heartbeat() -> Result<Bool, LogError> {
        if isClosed { return .failure(closedError("heartbeat")) }
        notePolled()
        serve()
        return .success(!news.isEmpty)
    }

    private var hasSomethingToSay: Bool {
        !events.isEmpty || !news.isEmpty || failure != nil || fenced != nil || !urgent.isEmpty || !normal.isEmpty
    }

    /// Something has come that a poll may wait for.
    func answerPoll() {
        guard let poll = pendingPoll else { return }
        serve()
        if !news.isEmpty {
            switch news.removeFirst() {
            case .assigned(let places, let member):
                offered = member
                finish(poll, .success(.assigned(places)))
            case .revoked(let places, let lost):
                offered = nil
                if lost { membership = nil }
                finish(poll, .success(.revoked(places, lost: lost)))
            case .failed(let error): finish(poll, .failure(error))
            }
        } else if let fenced {
            finish(poll, .failure(fenced))
        } else {
            var records: [LogRecord] = []
            urgent.take(poll.maxRecords, into: &records)
            normal.take(poll.maxRecords, into: &records)
            if !records.isEmpty {
                finish(poll, .success(.records(records)))
            } else if let failure {
                self.failure = nil
                finish(poll, .failure(failure))
            }
        }
    }

    private func endPoll() {
        answerPoll()
        if let poll = pendingPoll { finish(poll, .success(.records([]))) }
    }

    func finish(_ poll: PendingPoll, _ result: Result<PollResult, LogError>) {
        for timer in poll.timers { host.cancel(timer) }
        pendingPoll = nil
        lastPoll = host.timeline.now
        poll.then(result)
    }

    /// Takes note of what the group said, on the caller's behalf.
    private func serve() {
        for event in events {
            switch event {
            case .assigned(let places, _):
                // Who it is is kept with the news: the caller may still work on what it was given before. By now it may be
                // nobody.
                let member = identity.isComplete ? (group, identity.generation, identity.memberID, instanceID) : nil
                news.append(.assigned(places, member))
            case .revoked:
                // An assignment that the caller never heard of needs no revocation: it is answered here.
                if case .assigned? = news.last {
                    news.removeLast()
                    if places.isEmpty {
                        giveUp()
                        continue
                    }
                }
                news.append(event)
            case .failed: news.append(event)
            }
        }
        events = []
    }

    func tell(_ event: GroupNews) {
        events.append(event)
        answerPoll()
    }

    // MARK: The longest time between two polls

    private func notePolled() {
        lastPoll = host.timeline.now
        guard isOverdue else { return }
        isOverdue = false
        if phase == .waitingToJoin { scheduleJoin() }
    }

    func watchPolls() {
        let due = lastPoll &+ settings.maxPollInterval
        pollTimer = host.after(due &- host.timeline.now) { [self] in
            let now = host.timeline.now
            // Who waits in a poll is there.
            if pendingPoll != nil { lastPoll = now }
            if now >= lastPoll &+ settings.maxPollInterval, !isOverdue {
                isOverdue = true
                leaveOverdue()
            }
            // Looked at again only once it has been polled: `lastPoll` may be long ago.
            if isOverdue { lastPoll = now }
            watchPolls()
        }
    }
}

extension Duration {
    /// Rounded down.
    var wholeMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
