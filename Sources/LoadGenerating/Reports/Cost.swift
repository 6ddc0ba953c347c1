/// What a run cost the deployment, if that was measured and the deployment had nothing else to do.
public struct Cost: Hashable, Sendable, Codable {
    /// Records that were written to each topic, by the contract's names; empty if they were not counted.
    public var recordsByTopic: [String: Int]
    /// Processor time of processes by their names, in seconds; empty if it was not measured.
    public var cpuSeconds: [String: Double]

    public init(recordsByTopic: [String: Int] = [:], cpuSeconds: [String: Double] = [:]) {
        self.recordsByTopic = recordsByTopic
        self.cpuSeconds = cpuSeconds
    }

    /// Records on all topics.
    public var records: Int { recordsByTopic.values.reduce(0, +) }

    /// Nil if they were not counted.
    public func recordsPerRegistration(of registrations: Int) -> Double? {
        recordsByTopic.isEmpty || registrations < 1 ? nil : Double(records) / Double(registrations)
    }

    /// Milliseconds of processor time; nil if it was not measured.
    ///
    /// - Parameter processes: which ones to count.
    public func cpuMilliseconds(perRegistrationOf registrations: Int, where processes: (String) -> Bool) -> Double? {
        let seconds = cpuSeconds.keys.sorted().filter(processes).compactMap { cpuSeconds[$0] }
        return seconds.isEmpty || registrations < 1 ? nil : seconds.reduce(0, +) * 1000 / Double(registrations)
    }
}
