import HTTPTypes
import Hummingbird
import Logging

/// Whether a program does its work.
public enum Readiness: Hashable, Sendable {
    case ready
    /// - Parameter reason: what is still missing, for a human.
    case notReady(_ reason: String)
}

/// Answers requests. Neither paths nor parameters are logged: they hold personal data.
struct OperationsResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let registry: PrometheusRegistry
    let readiness: @Sendable () -> Readiness
    let routes: [Route]
    let logger: Logger

    func respond(to request: Request, context: Context) async throws -> Response {
        guard request.method == .get || request.method == .head else {
            return Self.text(405, "only GET is served here\n", headers: [.allow: "GET, HEAD"])
        }
        let target = request.head.path ?? "/"
        let path = target.prefix { $0 != "?" && $0 != "#" }
        let response = await answer(path: path)
        if request.method == .head { return Response(status: response.status, headers: response.headers) }
        return response
    }

    private func answer(path: Substring) async -> Response {
        switch path {
        case "/healthz": return Self.text(200, "ok\n")
        case "/readyz":
            switch readiness() {
            case .ready: return Self.text(200, "ready\n")
            case .notReady(let reason): return Self.text(503, reason + "\n")
            }
        case "/metrics":
            return Self.text(200, registry.render(), type: "text/plain; version=0.0.4; charset=utf-8")
        default: return await answerFromRoutes(path: path)
        }
    }

    private func answerFromRoutes(path: Substring) async -> Response {
        for route in routes {
            switch RouteMatch(pattern: route.pattern, path: path) {
            case .no: continue
            case .malformed:
                return Self.json(
                    HTTPAnswer(status: 400, json: Array(#"{"error":"the path is not percent-encoded UTF-8"}"#.utf8)))
            case .yes(let parameter):
                do { return Self.json(try await route.handler(parameter)) } catch {
                    logger.error("http request failed", metadata: ["route": "\(route.pattern)", "error": "\(error)"])
                    return Self.json(HTTPAnswer(status: 500, json: Array(#"{"error":"internal error"}"#.utf8)))
                }
            }
        }
        return Self.json(HTTPAnswer(status: 404, json: Array(#"{"error":"not found"}"#.utf8)))
    }

    private static func text(
        _ status: Int, _ body: String, type: String = "text/plain; charset=utf-8", headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        return Response(
            status: .init(code: status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }

    private static func json(_ answer: HTTPAnswer) -> Response {
        Response(
            status: .init(code: (100...599).contains(answer.status) ? answer.status : 500),
            headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.json)))
    }
}
