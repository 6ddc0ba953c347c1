internal import KafkaProtocol

/// A fault as it is asked for.
struct FaultRequest: Decodable {
    /// A name of Kafka's (`InitProducerId`), or `*` or nothing for all.
    var api: String?
    var kind: String
    var count: Int?
    var code: Int16?
    var milliseconds: Int64?
    var clientId: String?
    /// `request` or `response`: what a delay delays.
    var on: String?

    func fault() throws -> Fault {
        guard let kind = Fault.Kind(rawValue: kind) else {
            throw ControlProblem(
                description: "kind is one of \(Fault.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        var apiKey: ApiKey?
        if let api, api != "*" {
            apiKey = ApiKey.allCases.first { "\($0)".lowercased() == api.lowercased() }
            if apiKey == nil { throw ControlProblem(description: "there is no API '\(api)' here") }
        }
        guard let side = Fault.Side(rawValue: on ?? "response") else {
            throw ControlProblem(description: "on is request or response")
        }
        let milliseconds = milliseconds ?? 0
        guard (0...3_600_000).contains(milliseconds), (1...1_000_000).contains(count ?? 1) else {
            throw ControlProblem(description: "milliseconds is 0 to 3600000, count 1 to 1000000")
        }
        return Fault(
            kind, api: apiKey, clientID: clientId, count: count ?? 1, code: ErrorCode(rawValue: code ?? -1),
            milliseconds: milliseconds, side: side)
    }
}

/// The faults as they are told.
struct FaultList: Encodable {
    struct Item: Encodable {
        var id: Int
        var kind: String
        var api: String
        var count: Int
        var consumed: Int
    }

    var faults: [Item]

    init(_ entries: [FaultBoard.Entry]) {
        faults = entries.map { entry in
            Item(
                id: entry.id, kind: entry.fault.kind.rawValue, api: entry.fault.api.map { "\($0)" } ?? "*",
                count: entry.fault.count, consumed: entry.consumed)
        }
    }
}
