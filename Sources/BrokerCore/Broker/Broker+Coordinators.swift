internal import EventLog
internal import KafkaProtocol

extension Broker {
    /// Whether a node coordinates a group.
    func check(group groupID: String, at node: Int32) -> ErrorCode {
        if nodes.isSingle { return .none }
        return nodes.leader(of: Coordination.place(ofGroup: groupID)) == node ? .none : .notCoordinator
    }

    /// Whether a node coordinates a transactional id.
    func check(transactionalID: String, at node: Int32) -> ErrorCode {
        if nodes.isSingle { return .none }
        return nodes.leader(of: Coordination.place(ofTransactionalID: transactionalID)) == node
            ? .none : .notCoordinator
    }

    /// What a node answers that may not do as asked: it does not coordinate what the request is about, or what it would
    /// have to write would not be on enough nodes. nil when it may. Requests about several groups or ids ask for each.
    func refusal(of request: AnyRequest, _ caller: Caller) -> AnyResponse? {
        if nodes.isSingle { return nil }
        let error: ErrorCode
        switch request {
        case .joinGroup(let request): error = check(group: request.groupID, at: caller.node)
        case .heartbeat(let request): error = check(group: request.groupID, at: caller.node)
        case .leaveGroup(let request): error = check(group: request.groupID, at: caller.node)
        case .syncGroup(let request): error = check(group: request.groupID, at: caller.node)
        case .offsetCommit(let request): error = check(group: request.groupID, at: caller.node)
        case .txnOffsetCommit(let request): error = check(group: request.groupID, at: caller.node)
        case .offsetDelete(let request): error = check(group: request.groupID, at: caller.node)
        case .initProducerID(let request):
            error = request.transactionalID.map { checkWrite(transactionalID: $0, at: caller.node) } ?? .none
        case .addPartitionsToTxn(let request):
            error = checkWrite(transactionalID: request.transactionalID, at: caller.node)
        case .addOffsetsToTxn(let request):
            error = checkWrite(transactionalID: request.transactionalID, at: caller.node)
        case .endTxn(let request): error = checkWrite(transactionalID: request.transactionalID, at: caller.node)
        case .produce, .fetch, .listOffsets, .metadata, .offsetFetch, .findCoordinator, .describeGroups, .listGroups,
            .apiVersions, .createTopics, .deleteTopics, .deleteRecords, .offsetForLeaderEpoch, .describeConfigs,
            .alterConfigs, .createPartitions, .deleteGroups, .incrementalAlterConfigs, .describeCluster,
            .describeProducers, .describeTransactions, .listTransactions:
            return nil
        }
        return error == .none ? nil : ErrorAnswer.to(request, error)
    }

    private func checkWrite(transactionalID: String, at node: Int32) -> ErrorCode {
        let error = check(transactionalID: transactionalID, at: node)
        if error != .none { return error }
        let copies = nodes.inSync(of: Coordination.place(ofTransactionalID: transactionalID)).count
        return copies < minimumTransactionCopies ? .coordinatorNotAvailable : .none
    }

    /// What is written about transactions must be on two nodes where there are three (`transaction.state.log.min.isr`);
    /// about groups, and in topics that don't say otherwise, on one (`min.insync.replicas`): Kafka's defaults.
    var minimumTransactionCopies: Int { defaultReplicationFactor >= 3 ? 2 : 1 }
}
