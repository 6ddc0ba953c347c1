package import BrokerCore

/// What a campaign of runs has to meet now and then: if it never does, its seeds prove less than they seem to.
package enum Sighting: String, Hashable, Sendable, CaseIterable {
    // What only the simulator sees.
    case fencedProducer = "fenced-producer"
    case abortedBatch = "aborted-batch"
    case rebalanceInTransaction = "rebalance-in-transaction"
    case indeterminateCommit = "indeterminate-commit"
    case zombieWriteRefused = "zombie-write-refused"
    case brokerRestart = "broker-restart"
    case processKilled = "process-killed"
    case processFrozen = "process-frozen"
    case stateRolledBack = "state-rolled-back"
    case stateLost = "state-lost"
    case connectionLost = "connection-lost"
    case lateRequest = "late-request"
    /// A group has taken an offset from somebody who is none of ours.
    case strangersOffset = "strangers-offset"
    case offsetsDeleted = "offsets-deleted"
    case offsetsSet = "offsets-set"
    /// A projection was asked over HTTP, and told who or what.
    case answerGiven = "answer-given"
    /// It said that it can't tell.
    case answerWithheld = "answer-withheld"

    // What a cluster does to its clients, and one quick broker does not.
    case concurrentTransactions = "concurrent-transactions"
    case unstableOffsets = "unstable-offsets"
    case laggingStableOffset = "lagging-stable-offset"
    /// A broker was killed, or failed over, between the answer to EndTxn and the transaction's last marker.
    case endTakenOver = "end-taken-over"
    /// A transactional batch came late, over a connection that was lost, and was taken.
    case lateBatchTaken = "late-batch-taken"
    /// A batch was taken into an open transaction whose end was decided.
    case batchBehindTheEnd = "batch-behind-the-end"
    /// A transactional batch was to be tried again, since the transaction before was being ended.
    case batchPutOff = "batch-put-off"
    case coordinatorLoading = "coordinator-loading"
    case generationGivenAgain = "generation-given-again"
    case transactionTimedOut = "transaction-timed-out"
    case abortedByStaleProducer = "aborted-by-stale-producer"
    case nodeKilled = "node-killed"
    case nodeStopped = "node-stopped"
    case leadersMoved = "leaders-moved"
    case oldMetadata = "old-metadata"
    case notLeader = "not-leader"
    case notCoordinator = "not-coordinator"
    case notEnoughReplicas = "not-enough-replicas"
    /// A member's partitions were taken away because another one joined, when nothing was broken.
    case rebalanceForJoiner = "rebalance-for-joiner"
    /// A take-over was given up because the group had news.
    case takeOverGivenUp = "take-over-given-up"

    // What the records tell.
    case compensation
    case compensationSuperseded = "compensation-superseded"
    case escalation
    /// A process sent its command once more because nobody had answered.
    case commandRetried = "command-retried"
    case deadLetter = "dead-letter"
    /// One that its topic would not have taken whole.
    case deadLetterCut = "dead-letter-cut"
    case reroute
    case repeatedCommand = "repeated-command"
    case keyReused = "deduplication-key-reused"
    case changeAccepted = "change-accepted"
    case changeRejected = "change-rejected"
    /// A change gave a value up, and took none for it.
    case valueGivenUp = "value-given-up"
    /// A claim was granted, and sent on to its next key.
    case claimSentOn = "claim-sent-on"
    /// A claim lost a key behind one that it had been granted.
    case claimHalfFailed = "claim-half-failed"
    /// A claim came behind a release that its own customer decided later.
    case claimOvertaken = "claim-overtaken"
    /// A process goes by another revision of the declaration, or has ended for it.
    case declarationAdopted = "declaration-adopted"
    case outdated = "outdated"
    case leftWhileChanging = "left-while-changing"
    case reservationWon = "reservation-won"
    case reservationRejected = "reservation-rejected"
    case reservationReleased = "reservation-released"
    case registeredWithReservation = "registered-with-reservation"
    /// A key was given up and taken by someone else.
    case keyPassedOn = "key-passed-on"
    /// A claim was refused though nobody holds the key: it can't be taken again yet.
    case restingKey = "resting-key"
    /// The advisory check saved a compensation.
    case adviceTaken = "advice-taken"
    case notAllowed = "not-allowed"
    /// A client unregistered its customer before the verdict on its values.
    case leftWhilePending = "left-while-pending"
    /// At-least-once: an equal record with the same id was written again.
    case repeatedRecord = "repeated-record"
    /// At-least-once: another record with the same id was written later, and does not count.
    case voidRecord = "void-record"
}

/// How often each of them was seen, in one run or in many.
package struct Sightings: Hashable, Sendable, CustomStringConvertible {
    private var counts = [Int](repeating: 0, count: Sighting.allCases.count)
    private static let places = Dictionary(
        uniqueKeysWithValues: Sighting.allCases.enumerated().map { ($0.element, $0.offset) })

    package init() {}

    package mutating func note(_ name: Sighting, times: Int = 1) {
        if let place = Self.places[name] { counts[place] += times }
    }

    package mutating func note(_ met: BrokerEncounters) {
        note(.concurrentTransactions, times: met.concurrentTransactions)
        note(.unstableOffsets, times: met.unstableOffsets)
        note(.laggingStableOffset, times: met.laggingStableOffsets)
        note(.endTakenOver, times: met.endsTakenOver)
        note(.batchBehindTheEnd, times: met.batchesBehindTheEnd)
        note(.batchPutOff, times: met.batchesPutOff)
        note(.coordinatorLoading, times: met.coordinatorLoads)
        note(.generationGivenAgain, times: met.generationsGivenAgain)
        note(.transactionTimedOut, times: met.timedOutTransactions)
        note(.abortedByStaleProducer, times: met.abortsByStaleProducers)
    }

    package func count(of name: Sighting) -> Int { Self.places[name].map { counts[$0] } ?? 0 }

    /// Adds what another run has seen.
    package mutating func merge(_ other: Sightings) {
        for place in counts.indices { counts[place] += other.counts[place] }
    }

    /// What was never seen, in the order of the declaration.
    package var missing: [Sighting] { Sighting.allCases.filter { count(of: $0) == 0 } }

    /// `name=count`, separated by spaces, of all that was seen.
    package var description: String {
        Sighting.allCases.filter { count(of: $0) > 0 }.map { "\($0.rawValue)=\(count(of: $0))" }
            .joined(separator: " ")
    }
}
