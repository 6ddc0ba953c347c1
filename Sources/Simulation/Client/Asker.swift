internal import EventLog
internal import KafkaProtocol

/// What an answer means to who asked.
enum Reading<Answer> {
    case answer(Answer)
    /// Ask again a little later.
    case again(LogError)
    case failed(LogError)
}

/// Asks over one connection, again and again until there is an answer or time is over.
final class Asker {
    let connection: Connection
    private let settings: ClientSettings
    private(set) var isClosed = false

    init(_ connection: Connection, _ settings: ClientSettings) {
        self.connection = connection
        self.settings = settings
    }

    /// - Parameters:
    ///   - patience: Microseconds, the whole of all tries.
    ///   - doing: What is tried, as the beginning of an error's text.
    ///   - read: Sorts the answer; nil when it is one to another kind of request.
    ///   - then: Called once, later.
    func ask<Answer>(
        _ request: AnyRequest, version: Int16, within patience: Int64, doing: String,
        read: @escaping (AnyResponse) -> Reading<Answer>?, then: @escaping (Result<Answer, LogError>) -> Void
    ) {
        let question = Question(
            request: request, version: version, doing: doing, read: read, then: then)
        question.timer = connection.host.after(patience) { [self] in
            connection.withdraw(question.requestID)
            question.end(.failure(question.last ?? LogError(.unreachable, "\(doing): no answer in time")), nil)
        }
        send(question)
    }

    private func send<Answer>(_ question: Question<Answer>) {
        guard !question.isOver else { return }
        let host = connection.host
        guard !isClosed else {
            return question.end(.failure(LogError(.other, "\(question.doing): the client is closed")), host)
        }
        question.requestID = connection.send(
            question.request, version: question.version, timeout: settings.requestTimeout
        ) { result in
            switch result {
            case .success(let response):
                switch question.read(response) {
                case .answer(let answer): question.end(.success(answer), host)
                case .failed(let error): question.end(.failure(error), host)
                case .again(let error): self.again(question, error)
                case nil: question.end(.failure(LogError(.other, "\(question.doing): another answer")), host)
                }
            case .failure(let failure): self.again(question, LogError(failure, doing: question.doing))
            }
        }
    }

    private func again<Answer>(_ question: Question<Answer>, _ error: LogError) {
        question.last = error
        connection.host.after(settings.retryBackoff) { self.send(question) }
    }

    /// Ends all questions, and asks no more.
    func close() {
        isClosed = true
        connection.close()
    }
}

private final class Question<Answer> {
    let request: AnyRequest
    let version: Int16
    let doing: String
    let read: (AnyResponse) -> Reading<Answer>?
    private var then: ((Result<Answer, LogError>) -> Void)?
    /// Why the last try failed.
    var last: LogError?
    var timer: TimerID?
    /// The connection's number of the last try.
    var requestID: Int64 = 0

    init(
        request: AnyRequest, version: Int16, doing: String,
        read: @escaping (AnyResponse) -> Reading<Answer>?, then: @escaping (Result<Answer, LogError>) -> Void
    ) {
        self.request = request
        self.version = version
        self.doing = doing
        self.read = read
        self.then = then
    }

    var isOver: Bool { then == nil }

    func end(_ result: Result<Answer, LogError>, _ host: Host?) {
        guard let then else { return }
        self.then = nil
        if let timer { host?.cancel(timer) }
        timer = nil
        then(result)
    }
}
