internal import Foundation
internal import KafkaProtocol
internal import NIOCore
internal import NIOHTTP1

/// The control endpoint, JSON over HTTP:
///
/// - `POST /faults` with `{"kind", "api", "count", "code", "milliseconds", "clientId", "on"}`: 201 and `{"id"}`.
/// - `GET /faults`: all of them with how often each was consumed.
/// - `DELETE /faults`: forgets them, ends a freeze, lets connections in: 204.
final class ControlHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let largestBody = 64 << 10

    private let core: ServerCore
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(_ core: ServerCore) { self.core = core }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var part):
            guard body.readableBytes + part.readableBytes <= Self.largestBody else {
                return context.close(promise: nil)
            }
            body.writeBuffer(&part)
        case .end:
            guard let head else { return }
            let (status, json) = answer(head.method, head.uri, body.readBytes(length: body.readableBytes) ?? [])
            respond(status, json, head, context)
        }
    }

    private func answer(_ method: HTTPMethod, _ path: String, _ body: [UInt8]) -> (HTTPResponseStatus, Data) {
        guard path == "/faults" else { return (.notFound, Self.problem("there is only /faults")) }
        do {
            switch method {
            case .POST:
                let request = try JSONDecoder().decode(FaultRequest.self, from: Data(body))
                let id = core.add(try request.fault())
                return (.created, try JSONEncoder().encode(["id": id]))
            case .GET:
                return (.ok, try JSONEncoder().encode(FaultList(core.faults.entries)))
            case .DELETE:
                core.clearFaults()
                return (.noContent, Data())
            default: return (.methodNotAllowed, Self.problem("POST, GET or DELETE"))
            }
        } catch { return (.badRequest, Self.problem("\(error)")) }
    }

    private static func problem(_ text: String) -> Data {
        (try? JSONEncoder().encode(["error": text])) ?? Data()
    }

    private func respond(
        _ status: HTTPResponseStatus, _ json: Data, _ request: HTTPRequestHead, _ context: ChannelHandlerContext
    ) {
        var headers = HTTPHeaders()
        if status != .noContent {
            headers.add(name: "content-type", value: "application/json")
            headers.add(name: "content-length", value: String(json.count))
        }
        if !request.isKeepAlive { headers.add(name: "connection", value: "close") }
        let head = HTTPResponseHead(version: request.version, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !json.isEmpty { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: json)))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        if !request.isKeepAlive { context.close(promise: nil) }
    }
}

/// A fault as it is asked for.
private struct FaultRequest: Decodable {
    struct Problem: Error, CustomStringConvertible {
        var description: String
    }

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
            throw Problem(description: "kind is one of \(Fault.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        var apiKey: ApiKey?
        if let api, api != "*" {
            apiKey = ApiKey.allCases.first { "\($0)".lowercased() == api.lowercased() }
            if apiKey == nil { throw Problem(description: "there is no API '\(api)' here") }
        }
        guard let side = Fault.Side(rawValue: on ?? "response") else {
            throw Problem(description: "on is request or response")
        }
        let milliseconds = milliseconds ?? 0
        guard (0...3_600_000).contains(milliseconds), (1...1_000_000).contains(count ?? 1) else {
            throw Problem(description: "milliseconds is 0 to 3600000, count 1 to 1000000")
        }
        return Fault(
            kind, api: apiKey, clientID: clientId, count: count ?? 1, code: ErrorCode(rawValue: code ?? -1),
            milliseconds: milliseconds, side: side)
    }
}

/// The faults as they are told.
private struct FaultList: Encodable {
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
