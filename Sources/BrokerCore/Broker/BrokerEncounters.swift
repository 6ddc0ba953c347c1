internal import EventLog
internal import KafkaProtocol

/// How often clients met what a cluster does to them and one quick broker does not. A campaign in which something is 0
/// has not tested it.
public struct BrokerEncounters: Hashable, Sendable, Codable {
    /// CONCURRENT_TRANSACTIONS: the markers of the last transaction are being written.
    public var concurrentTransactions = 0
    /// UNSTABLE_OFFSET_COMMIT: offsets that a transaction is about to replace.
    public var unstableOffsets = 0
    /// Fetches that were kept from records whose transaction was committed already.
    public var laggingStableOffsets = 0
    /// Markers that came later than the answer to EndTxn.
    public var delayedMarkers = 0
    /// Transactions whose end was decided by a coordinator that did not live to write all markers.
    public var endsTakenOver = 0
    /// Batches that were taken into an open transaction whose end was decided already.
    public var batchesBehindTheEnd = 0
    /// Transactional batches to be tried again, since the last transaction is being ended.
    public var batchesPutOff = 0
    /// COORDINATOR_LOAD_IN_PROGRESS, or what stands for it.
    public var coordinatorLoads = 0
    /// Generations whose number a lost one had that was never stable.
    public var generationsGivenAgain = 0
    /// Transactions that were aborted since they took too long.
    public var timedOutTransactions = 0
    /// Open transactions that a stale producer's InitProducerId aborted.
    public var abortsByStaleProducers = 0

    public init() {}

    public static func += (left: inout BrokerEncounters, right: BrokerEncounters) {
        left.concurrentTransactions += right.concurrentTransactions
        left.unstableOffsets += right.unstableOffsets
        left.laggingStableOffsets += right.laggingStableOffsets
        left.delayedMarkers += right.delayedMarkers
        left.endsTakenOver += right.endsTakenOver
        left.batchesBehindTheEnd += right.batchesBehindTheEnd
        left.batchesPutOff += right.batchesPutOff
        left.coordinatorLoads += right.coordinatorLoads
        left.generationsGivenAgain += right.generationsGivenAgain
        left.timedOutTransactions += right.timedOutTransactions
        left.abortsByStaleProducers += right.abortsByStaleProducers
    }
}

extension Broker {
    /// Counts what the answers among the actions tell.
    mutating func note(_ actions: [BrokerAction]) {
        for action in actions {
            if case .reply(let reply) = action, let response = reply.response { note(response) }
        }
    }

    private mutating func note(_ response: AnyResponse) {
        switch response {
        case .initProducerID(let answer): note(answer.errorCode)
        case .addPartitionsToTxn(let answer):
            for topic in answer.topics.prefix(1) {
                for partition in topic.partitions.prefix(1) { note(partition.errorCode) }
            }
        case .addOffsetsToTxn(let answer): note(answer.errorCode)
        case .endTxn(let answer): note(answer.errorCode)
        case .txnOffsetCommit(let answer):
            for topic in answer.topics.prefix(1) {
                for partition in topic.partitions.prefix(1) { note(partition.errorCode) }
            }
        case .joinGroup(let answer): note(answer.errorCode)
        case .offsetFetch(let answer):
            for group in answer.groups {
                note(group.errorCode)
                let isUnstable = group.topics.contains { topic in
                    topic.partitions.contains { $0.errorCode == .unstableOffsetCommit }
                }
                if isUnstable { seen.unstableOffsets += 1 }
            }
        case .fetch(let answer):
            for topic in answer.topics {
                for partition in topic.partitions
                where partition.lastStableOffset >= 0 && partition.lastStableOffset < partition.highWatermark
                    && markers.isAwaited(in: .init(topic: topic.name, partition: partition.partitionIndex))
                {
                    seen.laggingStableOffsets += 1
                }
            }
        default: break
        }
    }

    private mutating func note(_ error: ErrorCode) {
        if error == .concurrentTransactions { seen.concurrentTransactions += 1 }
        if error == .coordinatorLoadInProgress { seen.coordinatorLoads += 1 }
    }
}
