internal import EventLog
internal import KafkaProtocol

extension SimulatedConsumer {
    /// Looks for the coordinator when whoever was asked is none, or does not answer.
    func noteCoordinator(_ result: Result<AnyResponse, ConnectionFailure>) {
        if data.isSingle { return }
        switch result {
        case .failure: findCoordinator()
        case .success(let response):
            let error = response.groupError
            network.counts.note(error)
            if error == .notCoordinator || error == .coordinatorNotAvailable { findCoordinator() }
        }
    }

    private func findCoordinator() {
        guard !isFindingCoordinator, !isClosed else { return }
        isFindingCoordinator = true
        let doing = "find the coordinator of group \(group)"
        data.ask(
            .findCoordinator(FindCoordinatorRequest(coordinatorKeys: [group], keyType: .group)), version: 2,
            within: settings.questionTimeout, doing: doing
        ) { response -> Reading<Int32>? in
            guard case .findCoordinator(let answer) = response, let found = answer.coordinators.first else {
                return nil
            }
            return found.errorCode == .none ? .answer(found.nodeID) : .sorted(found.errorCode, doing: doing)
        } then: { [self] result in
            isFindingCoordinator = false
            if case .success(let node) = result, !isClosed { coordinator.retarget(node) }
        }
    }
}

extension AnyResponse {
    /// What a coordinator says of a group as a whole.
    fileprivate var groupError: ErrorCode {
        switch self {
        case .joinGroup(let answer): answer.errorCode
        case .syncGroup(let answer): answer.errorCode
        case .heartbeat(let answer): answer.errorCode
        case .offsetFetch(let answer): answer.groups.first?.errorCode ?? .none
        case .offsetCommit(let answer): answer.topics.first?.partitions.first?.errorCode ?? .none
        default: .none
        }
    }
}
