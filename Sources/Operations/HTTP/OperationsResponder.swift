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
            return Self.error(405, "method-not-allowed", "Only GET is served here.", headers: [.allow: "GET, HEAD"])
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
                return Self.error(400, "malformed-path", "The path is not percent-encoded UTF-8.")
            case .tooLong:
                return Self.error(
                    400, "malformed-path", "There is a segment too many: a slash in a value is written %2F.")
            case .yes(let parameters):
                do { return Self.json(try await route.handler(parameters)) } catch {
                    logger.error("http request failed", metadata: ["route": "\(route.pattern)", "error": "\(error)"])
                    return Self.error(500, "internal-error", "The log of this program says more.")
                }
            }
        }
        return Self.error(404, "no-such-path", "Nothing is served under this path.")
    }

    /// What went wrong is told in one form everywhere: a code for programs, a sentence for people.
    private static func error(_ status: Int, _ code: String, _ message: String, headers: HTTPFields = [:]) -> Response {
        json(HTTPAnswer(status: status, json: Array(#"{"error":"\#(code)","message":"\#(message)"}"#.utf8)), headers)
    }

    private static func text(
        _ status: Int, _ body: String, type: String = "text/plain; charset=utf-8", headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        return Response(
            status: .init(code: status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }

    private static func json(_ answer: HTTPAnswer, _ headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        headers[.retryAfter] = answer.retryAfter.map { String($0) }
        return Response(
            status: .init(code: (100...599).contains(answer.status) ? answer.status : 500),
            headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.json)))
    }
}
