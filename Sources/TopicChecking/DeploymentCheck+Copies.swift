// What is acknowledged must survive the loss of a broker.
extension DeploymentCheck {
    func copyFindings(_ state: TopicState) -> [Finding] {
        electionFindings(state) + inSyncFindings(state)
    }

    private func electionFindings(_ state: TopicState) -> [Finding] {
        guard state.settings["unclean.leader.election.enable"] != "false" else { return [] }
        return [
            finding(
                .wrong, state, "unclean.leader.election.enable", "false",
                why: "a copy that is behind may become the leader, and what it lacks is lost though it was acknowledged"
            )
        ]
    }

    private func inSyncFindings(_ state: TopicState) -> [Finding] {
        let copies = Int64(state.replicationFactor)
        guard let least = state.number("min.insync.replicas") else {
            return [
                finding(
                    .wrong, state, "min.insync.replicas", copies > 1 ? "2" : "1",
                    why: "it is not known how many copies an acknowledged record has")
            ]
        }
        if least > copies {
            return [
                finding(
                    .wrong, state, "min.insync.replicas", copies > 2 ? "2" : String(copies),
                    why: "there are \(copies) copies: every write is refused with NOT_ENOUGH_REPLICAS")
            ]
        }
        if copies > 1, least < 2 {
            return [
                finding(
                    .wrong, state, "min.insync.replicas", "2",
                    why: "a record is acknowledged when one broker alone has it, and lost with that broker")
            ]
        }
        if copies > 2, least == copies {
            return [
                finding(
                    .warning, state, "min.insync.replicas", "2",
                    why: "that is all \(copies) copies: while one broker is away nothing can be written")
            ]
        }
        if copies == 2 {
            return [
                Finding(
                    .warning, state.name, what: "has 2 copies and min.insync.replicas 2",
                    why: "nothing is lost with one broker, but while one is away nothing can be written",
                    remedy: reassignment)
            ]
        }
        return []
    }

    /// One line for all of them: on one broker it is a choice, not a mistake.
    func singleCopyFindings(_ topics: [TopicState]) -> [Finding] {
        let single = topics.filter { $0.replicationFactor <= 1 }
        guard let first = single.first else { return [] }
        let subject =
            switch single.count {
            case topics.count: "all topics"
            case 1: first.name
            case let count: "\(count) topics, \(first.name) among them"
            }
        return [
            Finding(
                .warning, subject,
                what: "there is one copy only (replication factor 1)",
                why: "what is lost with its broker's disk is lost for good. Fine for development",
                remedy: reassignment)
        ]
    }

    private var reassignment: String {
        "kafka-reassign-partitions.sh --bootstrap-server \(tool.bootstrapServers) --execute with three replicas for each"
            + " partition; new topics: soleholder topics create --replication-factor 3"
    }
}
