import ChaosPlanning
import EventLog
import Foundation
import KafkaProtocol
import Messages
import TestProcesses
import WireClient

/// Campaigns that end with what no service may go on with.
extension ChaosRun {
    /// How long services may take until their metadata have told them.
    private static let patienceSeconds = 60

    /// Does it, and waits for each service that it concerns to stop as it must.
    /// - Returns: whether nothing was found.
    func stopAll(by fault: DeploymentFault) -> Bool {
        guard supervise("waiting for all services", for: 60, until: { self.areReady() }) else {
            tally.find("not ready before the end")
            return report()
        }
        let concerned = instances.filter { fault.services.contains($0.name.service) && !$0.isGuest }
        for instance in instances {
            let mustEnd = fault.services.contains(instance.name.service)
            instance.ending = Instance.Ending(code: fault.exitCode, word: mustEnd ? fault.topic.rawValue : nil)
        }
        let hand = hand
        let errand = Errand { try hand.break(fault) }
        _ = supervise("\(fault)", for: 60) { errand.result != nil }
        switch errand.result {
        case .success: tally.note(fault.kind)
        case .failure(let error): tally.find("\(fault): \(error)")
        case nil: tally.find("\(fault): not possible within 60 s")
        }
        log.note("\(fault)")
        let began = Clock.milliseconds
        _ = supervise("waiting for the end", for: Self.patienceSeconds) { concerned.allSatisfy { $0.phase == .away } }
        for instance in concerned where instance.phase != .away {
            tally.find("\(instance.name) did not stop within \(Self.patienceSeconds) s of \(fault)")
        }
        say("\(concerned.filter { $0.phase == .away }.count) instances stopped within \(Clock.milliseconds - began) ms")
        return report()
    }
}

extension Hand {
    /// Does to the deployment what it must not go on with.
    func `break`(_ fault: DeploymentFault) throws -> String {
        let cluster = try Cluster(bootstrapServers, clientID: "operator")
        let name = names.name(fault.topic)
        let count = Int32(try cluster.places(of: name).count)
        switch fault {
        case .partitionAdded:
            let topic = CreatePartitionsRequest.Topic(name: name, count: count + 1)
            let answer = try cluster.controller().call(CreatePartitionsRequest(topics: [topic], timeoutMs: 30_000))
            guard answer.topics.first?.errorCode == ErrorCode.none else { throw Failure("\(answer)") }
        case .recreated(let topic):
            try cluster.deleteTopics([name])
            // A broker takes its time to delete.
            let isMade = try poll(for: .seconds(30)) {
                try cluster.tryCreateTopic(name, partitions: count, configs: topic.configuration) == .none
            }
            guard isMade else { throw Failure("\(name) can't be made again") }
        }
        return "\(fault)"
    }
}
