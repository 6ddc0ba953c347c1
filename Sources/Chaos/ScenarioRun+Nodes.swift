import ChaosPlanning

/// What happens to nodes, and how long nothing settled.
extension ScenarioRun {
    func oneNodeAway() -> [Measure] {
        let start = Clock.milliseconds
        node(2, "kill")
        pass(30, "one node away")
        node(2, "start")
        pass(20, "one node is back")
        let bound = options.nodeSessionMilliseconds + 10_000
        return [silence("longest time without a settled registration", since: start, atMost: bound)]
    }

    func leadersMoved() -> [Measure] {
        let start = Clock.milliseconds
        for _ in 0..<3 {
            if !broker.befall(.moveLeaders(seed: 0)) { tally.find("leaders could not be moved") }
            pass(12, "leaders moved")
        }
        return [silence("longest time without a settled registration", since: start, atMost: 3_000)]
    }

    func nodesRolled() -> [Measure] {
        (1...options.scenario.nodes).map { number in
            let start = Clock.milliseconds
            node(number, "stop")
            pass(10, "node \(number) stopped")
            node(number, "start")
            pass(10, "node \(number) started")
            return silence("without a settled registration, node \(number)", since: start, atMost: 5_000)
        }
    }

    func twoOfThreeAway() -> [Measure] {
        for number in [2, 3] { node(number, "kill") }
        pass(20, "two of three away")
        for number in [2, 3] { node(number, "start") }
        let start = Clock.milliseconds
        pass(40, "both are back")
        return [silence("without a settled registration, once both are back", since: start, atMost: 10_000)]
    }

    private func node(_ number: Int, _ what: String) {
        let step = NodeStep(time: 0, path: "/nodes/\(number)/\(what)")
        if !broker.send(step) { tally.find("dev-broker refused \(step.path)") }
    }

    private func silence(_ name: String, since start: Int, atMost bound: Int) -> Measure {
        let seen = observer?.seen ?? Observations()
        return Measure(name, seen.longestSilence(from: start, to: Clock.milliseconds), atMost: bound)
    }
}
