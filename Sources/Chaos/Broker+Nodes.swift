import ChaosPlanning
import LoadGenerating

/// A request to the broker's control address, due at a time.
struct NodeStep {
    var time: Int
    var path: String
    var body = ""
}

/// What happens to nodes of the broker, over its control address.
extension Broker {
    /// - Returns: whether it could be done.
    func befall(_ fault: NodeFault) -> Bool {
        guard control != nil, shape.nodes > 1, nodeSteps.isEmpty else { return false }
        let steps = steps(of: fault, from: Clock.milliseconds)
        guard let first = steps.first, send(first) else { return false }
        nodeSteps = Array(steps.dropFirst())
        tally.note(fault.kind)
        return true
    }

    func turnNodes() {
        while let step = nodeSteps.first, Clock.milliseconds >= step.time {
            nodeSteps.removeFirst()
            if !send(step) { tally.find("dev-broker refused \(step.path)") }
        }
    }

    private func steps(of fault: NodeFault, from now: Int) -> [NodeStep] {
        switch fault {
        case .kill(let node, let down):
            return [
                NodeStep(time: now, path: "/nodes/\(node)/kill"),
                NodeStep(time: now + down, path: "/nodes/\(node)/start"),
            ]
        case .moveLeaders: return [NodeStep(time: now, path: "/leaders/move", body: "{\"kind\":\"all\"}")]
        case .roll(let down):
            return (1...shape.nodes).flatMap { node in
                let stop = now + (node - 1) * (down + 1_000)
                return [
                    NodeStep(time: stop, path: "/nodes/\(node)/stop"),
                    NodeStep(time: stop + down, path: "/nodes/\(node)/start"),
                ]
            }
        case .loseMajority(let left, let down):
            let others = (1...shape.nodes).filter { $0 != left }
            return others.map { NodeStep(time: now, path: "/nodes/\($0)/kill") }
                + others.map { NodeStep(time: now + down, path: "/nodes/\($0)/start") }
        case .stale(let node, let time):
            return [
                NodeStep(time: now, path: "/nodes/\(node)/stale-metadata", body: "{\"milliseconds\":\(time)}"),
                // Else what it tells would be right.
                NodeStep(time: now, path: "/leaders/move", body: "{\"kind\":\"all\"}"),
            ]
        }
    }

    func send(_ step: NodeStep) -> Bool {
        guard let control else { return false }
        log.note("\(step.path) \(step.body)")
        return isDone(HTTP.request("POST", step.path, at: control, body: step.body))
    }

    func isDone(_ answer: HTTP.Answer?) -> Bool { answer.map { (200..<300).contains($0.status) } ?? false }
}
