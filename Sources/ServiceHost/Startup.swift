internal import EventLog
internal import Logging
internal import Messages
internal import Operations

/// Waits until the broker answers and has the deployment's topics.
struct Startup {
    let names: DeploymentNames
    let reader: any LogReader
    let logger: Logger

    /// - Returns: how many partitions all topics have; nil when the program is to stop.
    /// - Throws: when the topics do not have the same number: keys would be placed apart.
    func wait(_ stop: StopSignal) throws -> Int32? {
        var attempt = 0
        while !stop.isSet {
            do {
                if let count = try partitionCount(tells: attempt.isMultiple(of: 10)) { return count }
            } catch let error as LogError where error.isRetriable {
                if attempt.isMultiple(of: 10) {
                    logger.warning("the broker can't be reached yet, trying on", metadata: ["error": "\(error)"])
                }
            }
            stop.wait(upTo: .milliseconds(min(100 << min(attempt, 4), 1_000)))
            attempt += 1
        }
        return nil
    }

    private func partitionCount(tells: Bool) throws -> Int32? {
        var counts: [Topic: Int32] = [:]
        for topic in Topic.allCases {
            guard let count = try reader.partitionCount(of: names.name(topic)) else {
                if tells {
                    logger.warning(
                        "a topic is missing, waiting for it; `soleholder topics create` makes them all",
                        metadata: ["topic": "\(names.name(topic))"])
                }
                return nil
            }
            counts[topic] = count
        }
        let distinct = Set(counts.values)
        guard distinct.count == 1, let count = distinct.first else {
            let list = counts.map { "\($0.key.rawValue)=\($0.value)" }.sorted().joined(separator: " ")
            throw ProgramFailure(.usage, "all topics must have the same number of partitions, but have: \(list)")
        }
        return count
    }
}
