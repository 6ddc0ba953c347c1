import Messages
import Operations
import ServiceCores
import ServiceHost

/// What the read side answers over HTTP.
struct Queries: Sendable {
    let reading: StateReading

    var routes: [Route] {
        [
            Route("/keys/{attribute}/{value}") { try answer(.key(attribute: $0[0], value: $0[1])) },
            Route("/documents/{value}") { try answer(.key(attribute: UniqueAttribute.document, value: $0[0])) },
            Route("/customers/{id}") { try answer(.customer($0[0])) },
        ]
    }

    private func answer(_ question: Question) throws -> HTTPAnswer {
        let answer = try question.answer(from: reading.state(of: question.group))
        return HTTPAnswer(status: answer.status, json: answer.json, retryAfter: answer.retryAfter)
    }
}
