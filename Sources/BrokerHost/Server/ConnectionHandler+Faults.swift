internal import BrokerCore
internal import KafkaProtocol
internal import Logging
internal import NIOCore

extension ConnectionHandler {
    /// What a fault does to a request before it is done.
    func befall(_ frame: RequestFrame, _ fault: Fault) {
        shared.logger.info(
            "injected fault",
            metadata: ["kind": "\(fault.kind.rawValue)", "api": "\(frame.header.apiKey)", "connection": "\(id)"])
        switch fault.kind {
        case .error, .diskFull:
            let code = fault.kind == .diskFull ? ErrorCode.storageError : fault.code
            guard let answer = ErrorAnswer.to(frame.request, code) else {
                return close("an injected error of an API that has no error answer here")
            }
            if case .produce(let produce) = frame.request, produce.acks == 0 { return respond(nil) }
            respond(answer)
        case .delay where fault.side == .request:
            after(fault.milliseconds) { $0.submit(frame) }
        case .delay, .dropResponse:
            openRequest?.fault = fault
            submit(frame)
        case .dropRequest: respond(nil)
        case .close: close("an injected fault")
        case .late:
            let client = clientInfo(frame.header)
            shared.engine.loop.assumeIsolated().scheduleTask(in: .milliseconds(fault.milliseconds)) { [shared] in
                shared.engine.handle(frame.request, frame.header, from: client) { _ in }
            }
            close("an injected fault")
        case .freeze, .refuseConnections: submit(frame)
        }
    }

    /// What a fault does to a response.
    func befall(_ response: AnyResponse?, _ fault: Fault) {
        switch fault.kind {
        case .delay: after(fault.milliseconds) { $0.respond(response) }
        case .dropResponse: close("an injected fault")
        case .error, .diskFull, .dropRequest, .close, .late, .freeze, .refuseConnections: respond(response)
        }
    }

    /// Goes on with the request in hand after a time, if it is still in hand.
    private func after(_ milliseconds: Int64, _ work: @escaping (ConnectionHandler) -> Void) {
        guard let number = openRequest?.number else { return }
        shared.engine.loop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds)) { [self] in
            if openRequest?.number == number { work(self) }
        }
    }
}
