internal import EventLog
internal import Messages

/// Takes partitions from where the log says that they stand, a piece at a time: between two pieces the worker polls.
extension WorkerMachine {
    /// Answers the group at once: what it gave is ours, and nothing of it is read yet.
    func begin(_ places: [TopicPartition]) -> WorkerAction {
        forget()
        isMember = true
        takeOver.add(places, due: world.now())
        if core.decidesByDeclaration { adoptAt = world.now() }
        tellStanding()
        return .assign([:]) { error in
            if let error { return self.end(WorkerEnd(error)) }
            return self.turn()
        }
    }

    /// Takes the partitions in hand over once more: what became of the last batch is not known, or the log has moved on
    /// without this worker. What was fetched meanwhile lies ahead of where reading begins, and goes.
    func takeOverAgain(due: Timestamp) -> WorkerAction {
        takeOver.add(owned.next.keys.sorted(), due: due)
        owned = OwnedPartitions()
        inputEnds = [:]
        forgetServed()
        return .assign([:]) { error in
            if let error { return self.end(WorkerEnd(error)) }
            return self.turn()
        }
    }

    /// Does the next piece.
    func goOnTakingOver(then: @escaping () -> WorkerAction) -> WorkerAction {
        switch takeOver.move(world.now()) {
        case .wait: then()
        case .inquire(let inquiry): ask(inquiry, then: then)
        case .beginCatchUp(let plans): beginCatchUp(plans, then: then)
        case .catchUp(let catchUp): goOn(catchUp, then: then)
        }
    }

    /// When there is something to do; nil for never.
    func takeOverDue() -> Timestamp? {
        switch takeOver.move(world.now()) {
        case .wait(let time): time
        case .inquire, .beginCatchUp, .catchUp: world.now()
        }
    }

    // MARK: Questions

    private func ask(_ inquiry: Inquiry, then: @escaping () -> WorkerAction) -> WorkerAction {
        if inquiry.committed == nil {
            return .committedOffsets(inquiry.places, within: configuration.questionTime) { result in
                self.take(result, inquiry, then: then) { $0.committed = $1 }
            }
        }
        if inquiry.topicsAsked == folding.questions.count {
            return askForTraces { self.take($0, inquiry, then: then) { $0.hasWorked = $1 } }
        }
        let topic = configuration.names.name(folding.questions[inquiry.topicsAsked])
        let places = inquiry.partitions.map { TopicPartition(topic: topic, partition: $0) }
        return .watermarks(places, within: configuration.questionTime) { result in
            self.take(result, inquiry, then: then) { inquiry, marks in
                inquiry.marks.merge(marks) { $1 }
                inquiry.topicsAsked += 1
            }
        }
    }

    private func take<Answer>(
        _ result: Result<Answer, LogError>, _ inquiry: Inquiry, then: @escaping () -> WorkerAction,
        _ note: (inout Inquiry, Answer) -> Void
    ) -> WorkerAction {
        switch result {
        case .failure(let error):
            guard waits(for: error) else { return end(WorkerEnd(error)) }
            takeOver.failed(inquiry, world.now())
            noteTakeOverFailure(error)
            return then()
        case .success(let answer):
            var inquiry = inquiry
            note(&inquiry, answer)
            if inquiry.topicsAsked < folding.questions.count || folding.mustAskForTraces(inquiry) {
                takeOver.answered(inquiry)
                return then()
            }
            do throws(WorkerFailure) { takeOver.planned(inquiry, try plans(of: inquiry)) } catch {
                return end(WorkerEnd(error))
            }
            return then()
        }
    }

    private func plans(of inquiry: Inquiry) throws(WorkerFailure) -> [TakeOverPlan] {
        var plans: [TakeOverPlan] = []
        var problem = PlanProblem()
        for partition in inquiry.partitions {
            let stored: [String: Int64]
            do { stored = try world.store.positions(partition: partition) } catch { throw .store(error) }
            switch folding.plan(
                partition, of: inquiry, stored: stored, revision: core.decidesByDeclaration ? declaredRevision : nil)
            {
            case .success(let plan): plans.append(plan)
            case .failure(let other): problem.merge(other)
            }
        }
        if !problem.isEmpty { throw .log(problem.error) }
        noteStarts(plans, of: inquiry)
        return plans
    }

    // MARK: The end

    /// What was caught up is worked on from now on.
    func take(_ plans: [TakeOverPlan], then: @escaping () -> WorkerAction) -> WorkerAction {
        for plan in plans { owned.add(plan) }
        // What became due meanwhile is, and whether anything can be committed is not known.
        nextWake = world.now()
        proveAt = nextWake
        do throws(WorkerFailure) {
            try resolveDoubts(plans)
            try recallServedEnds()
        } catch { return end(WorkerEnd(error)) }
        return .assign(owned.next.mapValues { .offset($0) }) { error in
            if let error { return self.end(WorkerEnd(error)) }
            self.world.observer.note(
                .info, "partitions taken over",
                [
                    "partitions": plans.map { String($0.partition) }.sorted().joined(separator: ","),
                    "folded": String(plans.reduce(0) { $0 + $1.left }),
                ])
            return self.tellStarts(plans, then: then)
        }
    }
}

extension Result where Failure == LogError {
    func orFailure() throws(WorkerFailure) -> Success {
        do { return try get() } catch { throw .log(error) }
    }
}
