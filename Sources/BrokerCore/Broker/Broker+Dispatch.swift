public import KafkaProtocol

extension Broker {
    /// Takes a request. It is answered among the actions, unless it has to wait: then by a later call.
    ///
    /// - Parameters:
    ///   - header: Its version is supported, but for ApiVersions, where any version is answered (KIP-511).
    ///   - token: Given back with the answer. No two requests have the same.
    public mutating func handle(
        _ request: AnyRequest, _ header: RequestHeader, from client: ClientInfo, token: RequestToken, now: Int64
    ) -> [BrokerAction] {
        var step = Step(now: now)
        let caller = Caller(
            token: token, version: header.apiVersion, clientID: header.clientID ?? client.clientID, host: client.host,
            node: client.node)
        if !nodes.isUp(client.node) {
            step.reply(token, nil)
        } else if let refusal = refusal(of: request, caller) {
            step.reply(token, refusal)
        } else {
            dispatch(request, caller, &step)
            answerFetches(&step)
        }
        note(step.actions)
        return step.actions
    }

    private mutating func dispatch(_ request: AnyRequest, _ caller: Caller, _ step: inout Step) {
        switch request {
        case .produce(let request): produce(request, caller, &step)
        case .fetch(let request): fetch(request, caller, &step)
        case .joinGroup(let request): join(request, caller, &step)
        case .syncGroup(let request): sync(request, caller, &step)
        case .heartbeat(let request): heartbeat(request, caller, &step)
        case .leaveGroup(let request): leave(request, caller, &step)
        case .deleteGroups(let request): deleteGroups(request, caller, &step)
        case .offsetCommit(let request): commit(request, caller, &step)
        case .txnOffsetCommit(let request): commit(request, caller, &step)
        case .offsetDelete(let request): deleteOffsets(request, caller, &step)
        case .initProducerID(let request): initProducer(request, caller, &step)
        case .addPartitionsToTxn(let request): addPartitions(request, caller, &step)
        case .addOffsetsToTxn(let request): addOffsets(request, caller, &step)
        case .endTxn(let request): endTransaction(request, caller, &step)
        case .listOffsets(let request): listOffsets(request, caller, &step)
        case .metadata, .createTopics, .deleteTopics, .createPartitions, .deleteRecords, .alterConfigs,
            .incrementalAlterConfigs:
            let response = administer(request, caller, &step)
            step.reply(caller.token, response)
        case .apiVersions, .describeCluster, .findCoordinator, .describeConfigs, .describeGroups, .listGroups,
            .offsetFetch, .offsetForLeaderEpoch, .describeProducers, .describeTransactions, .listTransactions:
            step.reply(caller.token, describe(request, caller, now: step.now))
        }
    }

    /// Requests about topics: they are answered when all is done.
    private mutating func administer(_ request: AnyRequest, _ caller: Caller, _ step: inout Step) -> AnyResponse? {
        switch request {
        case .metadata(let request): .metadata(metadata(request, caller, &step))
        case .createTopics(let request): .createTopics(createTopics(request, version: caller.version, &step))
        case .deleteTopics(let request): .deleteTopics(deleteTopics(request, &step))
        case .createPartitions(let request): .createPartitions(createPartitions(request, &step))
        case .deleteRecords(let request): .deleteRecords(deleteRecords(request, caller, &step))
        case .alterConfigs(let request): .alterConfigs(alterConfigs(request, &step))
        case .incrementalAlterConfigs(let request): .incrementalAlterConfigs(alterConfigs(request, &step))
        case .produce, .fetch, .listOffsets, .offsetCommit, .offsetFetch, .findCoordinator, .joinGroup, .heartbeat,
            .leaveGroup, .syncGroup, .describeGroups, .listGroups, .apiVersions, .initProducerID,
            .offsetForLeaderEpoch, .addPartitionsToTxn, .addOffsetsToTxn, .endTxn, .txnOffsetCommit, .describeConfigs,
            .deleteGroups, .offsetDelete, .describeCluster, .describeProducers, .describeTransactions,
            .listTransactions:
            nil
        }
    }

    /// Requests that change nothing.
    private func describe(_ request: AnyRequest, _ caller: Caller, now: Int64) -> AnyResponse? {
        switch request {
        case .apiVersions(let request): .apiVersions(apiVersions(request, version: caller.version))
        case .describeCluster(let request): .describeCluster(describeCluster(request, view(of: caller.node, now: now)))
        case .findCoordinator(let request): .findCoordinator(findCoordinator(request, view(of: caller.node, now: now)))
        case .describeConfigs(let request): .describeConfigs(describeConfigs(request, caller))
        case .describeGroups(let request): .describeGroups(describeGroups(request, caller))
        case .listGroups(let request): .listGroups(listGroups(request, caller))
        case .offsetFetch(let request): .offsetFetch(fetchOffsets(request, caller))
        case .offsetForLeaderEpoch(let request): .offsetForLeaderEpoch(endOffsets(request, caller))
        case .describeProducers(let request): .describeProducers(describeProducers(request, caller))
        case .describeTransactions(let request): .describeTransactions(describeTransactions(request, caller))
        case .listTransactions(let request): .listTransactions(listTransactions(request, caller, now: now))
        case .produce, .fetch, .listOffsets, .metadata, .offsetCommit, .joinGroup, .heartbeat, .leaveGroup,
            .syncGroup, .createTopics, .deleteTopics, .deleteRecords, .initProducerID, .addPartitionsToTxn,
            .addOffsetsToTxn, .endTxn, .txnOffsetCommit, .alterConfigs, .createPartitions, .deleteGroups,
            .incrementalAlterConfigs, .offsetDelete:
            nil
        }
    }
}
