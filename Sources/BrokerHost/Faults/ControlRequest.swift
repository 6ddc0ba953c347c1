internal import BrokerCore
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// What is asked of the control endpoint:
///
/// - `POST /faults` with `{"kind", "api", "count", "code", "milliseconds", "clientId", "on"}`: 201 and `{"id"}`.
/// - `GET /faults`: all of them with how often each was consumed.
/// - `DELETE /faults`: forgets them, ends a freeze, lets connections in: 204.
/// - `GET /nodes`: the nodes, and who leads which partition.
/// - `POST /nodes/ID/kill` with `{"sessionMilliseconds"}` (or nothing), `/stop`, `/start`: 204 when it is done.
/// - `POST /nodes/ID/stale-metadata` with `{"milliseconds"}`: 204.
/// - `POST /leaders/move` with `{"kind", "topic", "partition", "from", "to"}` (or nothing): `{"moved"}`.
struct ControlRequest {
    var method: HTTPMethod
    var path: String
    var body: [UInt8]

    /// The body's JSON; nothing at all is an empty object.
    func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body.isEmpty ? Array("{}".utf8) : body))
    }
}

/// Why something is not done; for who asked.
struct ControlProblem: Error, CustomStringConvertible {
    var description: String
}

struct ControlAnswer: Sendable {
    var status: HTTPResponseStatus
    var json = Data()

    static let done = ControlAnswer(status: .noContent)

    static func ok(_ value: some Encodable, _ status: HTTPResponseStatus = .ok) throws -> ControlAnswer {
        ControlAnswer(status: status, json: try JSONEncoder().encode(value))
    }

    static func problem(_ text: String, _ status: HTTPResponseStatus) -> ControlAnswer {
        ControlAnswer(status: status, json: (try? JSONEncoder().encode(["error": text])) ?? Data())
    }
}

extension ServerCore {
    /// Does what is asked on the control endpoint.
    func answer(_ request: ControlRequest) -> EventLoopFuture<ControlAnswer> {
        let words = request.path.split(separator: "/").map(String.init)
        do {
            switch (request.method, words.first, words.count) {
            case (_, "faults", 1): return loop.makeSucceededFuture(try answerFaults(request))
            case (.GET, "nodes", 1): return loop.makeSucceededFuture(try .ok(NodeList(self)))
            case (.POST, "leaders", 2) where words[1] == "move":
                let moved = engine.moveLeaders(try request.decoded(MoveRequest.self).move())
                return loop.makeSucceededFuture(try .ok(["moved": moved]))
            case (.POST, "nodes", 3): return try answer(request, node: words[1], words[2])
            default:
                return loop.makeSucceededFuture(
                    .problem("there are /faults, GET /nodes, POST /nodes/ID/ACTION and POST /leaders/move", .notFound))
            }
        } catch { return loop.makeSucceededFuture(.problem("\(error)", .badRequest)) }
    }

    private func answerFaults(_ request: ControlRequest) throws -> ControlAnswer {
        switch request.method {
        case .POST: return try .ok(["id": add(try request.decoded(FaultRequest.self).fault())], .created)
        case .GET: return try .ok(FaultList(faults.entries))
        case .DELETE:
            clearFaults()
            return .done
        default: return .problem("POST, GET or DELETE", .methodNotAllowed)
        }
    }

    private func answer(
        _ request: ControlRequest, node name: String, _ action: String
    ) throws -> EventLoopFuture<ControlAnswer> {
        guard let node = Int32(name), (1...engine.nodeCount).contains(node) else {
            return loop.makeSucceededFuture(.problem("there are the nodes 1 to \(engine.nodeCount)", .notFound))
        }
        switch action {
        case "kill": kill(node, session: try request.decoded(TimeRequest.self).session())
        case "stop": stop(node)
        case "start":
            return start(node).map { .done }
                .flatMapErrorThrowing { .problem("node \(node) can't listen: \($0)", .serviceUnavailable) }
        case "stale-metadata":
            engine.keepMetadata(of: node, for: try request.decoded(TimeRequest.self).time())
        default:
            return loop.makeSucceededFuture(.problem("kill, stop, start or stale-metadata", .notFound))
        }
        return loop.makeSucceededFuture(.done)
    }
}
