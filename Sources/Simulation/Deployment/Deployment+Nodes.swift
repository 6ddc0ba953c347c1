internal import BrokerCore

extension Deployment {
    /// What goes wrong with the broker's nodes.
    func carryOut(onNodes deed: PlannedFault.Deed) {
        switch deed {
        case .killNode(let node, let session, let downtime):
            guard broker.isUp(node) else { return }
            checker.sightings.note(.nodeKilled)
            broker.kill(node, session: session)
            timeline.after(downtime) { [broker] in broker.start(node) }
        case .stopNode(let node, let downtime):
            guard broker.isUp(node) else { return }
            checker.sightings.note(.nodeStopped)
            broker.stop(node)
            timeline.after(downtime) { [broker] in broker.start(node) }
        case .moveLeaders:
            if broker.moveLeaders(LeaderMove()) > 0 { checker.sightings.note(.leadersMoved) }
        case .keepMetadata(let node, let time):
            checker.sightings.note(.oldMetadata)
            broker.keepMetadata(of: node, for: time)
        case .kill, .freeze, .replace, .stop, .outage, .crashBroker, .moveCoordinators, .failStore, .jumpClock, .backUp,
            .letIn, .changeOffsets:
            break
        }
    }

    func healNodes() {
        for node in 1...options.nodes {
            broker.start(node)
            broker.keepMetadata(of: node, for: 0)
        }
    }

    /// Notes what clients were refused by nodes.
    func noteRefusals() {
        checker.sightings.note(.notLeader, times: network.counts.notLeader)
        checker.sightings.note(.notCoordinator, times: network.counts.notCoordinator)
        checker.sightings.note(.notEnoughReplicas, times: network.counts.notEnoughReplicas)
    }
}
