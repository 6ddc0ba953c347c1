internal import BrokerCore
internal import KafkaProtocol
internal import Logging
internal import NIOCore

/// Serves one connection: one request at a time, answers in the order of the requests.
///
/// Backpressure: while a request is in hand, or the client does not take its answers off, no more than a little is read
/// ahead; the rest waits in the client's own socket.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What is read ahead while a request is in hand.
    private static let readAhead = 256 << 10

    /// The request in hand.
    struct OpenRequest {
        var number: Int64
        var header: RequestHeader
        var token: RequestToken?
        /// What befalls it.
        var fault: Fault?
    }

    let shared: ConnectionContext
    let id: Int64
    private let node: Int32
    var context: ChannelHandlerContext?
    var openRequest: OpenRequest?
    private var frames = FrameAccumulator()
    private var requestNumber: Int64 = 0
    private var client = ClientInfo(clientID: "", host: "", connection: 0)
    /// Bytes of the request budget that this connection holds.
    private var reserved = 0
    private var isWaitingForRoom = false
    /// A fetch that waits until responses are taken off.
    private var heldFetch: RequestFrame?
    private var arrival: Scheduled<Void>?
    private var hasPendingRead = false
    private var isProcessing = false

    /// - Parameter node: Whose port was connected to.
    init(_ shared: ConnectionContext, node: Int32) {
        self.shared = shared
        self.node = node
        id = shared.makeID()
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        shared.connections[id] = (context.channel, node)
        client = ClientInfo(
            clientID: "", host: "/" + (context.remoteAddress?.ipAddress ?? ""), connection: id, node: node)
        shared.logger.debug("connected", metadata: ["connection": "\(id)", "client": "\(client.host)"])
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        shared.connections[id] = nil
        shared.requests.giveUp(id)
        shared.responses.giveUp(id)
        if let token = openRequest?.token { shared.engine.cancel(token) }
        finish()
        heldFetch = nil
        shared.logger.debug("disconnected", metadata: ["connection": "\(id)"])
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close("\(error)")
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        frames.append(&bytes)
        process()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        process()
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        if isReadingPaused { hasPendingRead = true } else { context.read() }
    }

    private var isReadingPaused: Bool {
        if isWaitingForRoom { return true }
        let isBusy = openRequest != nil || heldFetch != nil || context?.channel.isWritable == false
        return isBusy && frames.count >= Self.readAhead
    }

    /// Takes up requests while there are whole ones, none is in hand, and answers are taken off.
    private func process() {
        guard !isProcessing else { return }
        isProcessing = true
        defer {
            isProcessing = false
            resumeReading()
        }
        while let context, openRequest == nil, heldFetch == nil, context.channel.isWritable {
            switch frames.next(limit: ConnectionContext.largestFrame) {
            case .frame(let bytes):
                arrival?.cancel()
                arrival = nil
                take(bytes)
            case .incomplete(let length):
                if let length { makeRoom(for: length) }
                return
            case .impossible(let length):
                return close("a frame of \(length) bytes, where 1 to \(ConnectionContext.largestFrame) are allowed")
            }
        }
    }

    private func resumeReading() {
        guard hasPendingRead, !isReadingPaused, let context else { return }
        hasPendingRead = false
        context.read()
    }

    /// A large request must fit into what all connections may hold together before the rest of it is read.
    private func makeRoom(for length: Int) {
        guard length > ConnectionContext.uncounted, reserved == 0 else { return }
        guard shared.requests.reserve(length) else {
            isWaitingForRoom = true
            return shared.requests.wait(id) { [self] in
                isWaitingForRoom = false
                process()
            }
        }
        reserved = length
        arrival = shared.engine.loop.assumeIsolated().scheduleTask(in: ConnectionContext.patience) { [self] in
            close("a request of \(length) bytes did not arrive in time, and others wait for room")
        }
    }

    private func take(_ bytes: [UInt8]) {
        let frame: RequestFrame
        do throws(WireError) { frame = try RequestFrame.decode(bytes) } catch {
            return close("what came is not a request that is known here: \(error)")
        }
        if frame.header.apiKey == .fetch, shared.responses.isExceeded {
            heldFetch = frame
            return shared.responses.wait(id) { [self] in
                guard let frame = heldFetch else { return }
                heldFetch = nil
                begin(frame)
                process()
            }
        }
        begin(frame)
    }

    private func begin(_ frame: RequestFrame) {
        requestNumber += 1
        openRequest = OpenRequest(number: requestNumber, header: frame.header)
        if let fault = shared.faults.take(frame.header) { befall(frame, fault) } else { submit(frame) }
    }

    func submit(_ frame: RequestFrame) {
        guard let number = openRequest?.number else { return }
        let token = shared.engine.handle(frame.request, frame.header, from: clientInfo(frame.header)) {
            [self] response in answered(number, response)
        }
        // It may have been answered already.
        if openRequest?.number == number { openRequest?.token = token }
    }

    func clientInfo(_ header: RequestHeader) -> ClientInfo {
        client.clientID = header.clientID ?? ""
        return client
    }

    private func answered(_ number: Int64, _ response: AnyResponse?) {
        guard let request = openRequest, request.number == number else { return }
        openRequest?.token = nil
        if let fault = request.fault { befall(response, fault) } else { respond(response) }
    }

    /// Sends the answer to the request in hand; nil when there is none to send.
    func respond(_ response: AnyResponse?) {
        guard let context, let header = openRequest?.header else { return }
        if let response { send(response, header, context) }
        finish()
        process()
    }

    private func send(_ response: AnyResponse, _ header: RequestHeader, _ context: ChannelHandlerContext) {
        let host = AdvertisedAddress.host(listening: shared.listeningHost, local: context.localAddress)
        let response = AdvertisedAddress.write(host, shared.ports, into: response)
        let bytes = ResponseFrame(correlationID: header.correlationID, response: response)
            .encoded(version: header.apiVersion)
        let buffer = context.channel.allocator.buffer(bytes: bytes)
        guard bytes.count > ConnectionContext.uncounted else {
            return context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        }
        let promise = context.eventLoop.makePromise(of: Void.self)
        count(bytes.count, until: promise.futureResult)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: promise)
    }

    /// Counts a large response until it is taken off. Who is slow while others wait is cut off.
    private func count(_ size: Int, until isSent: EventLoopFuture<Void>) {
        shared.responses.add(size)
        let isOverdue = shared.engine.loop.assumeIsolated().scheduleRepeated(ConnectionContext.patience) { [self] in
            if shared.responses.isExceeded { close("a response of \(size) bytes is not taken off, and others wait") }
        }
        isSent.assumeIsolated().whenComplete { [shared] _ in
            isOverdue.cancel()
            shared.responses.release(size)
        }
    }

    /// The request in hand is done with.
    private func finish() {
        openRequest = nil
        arrival?.cancel()
        arrival = nil
        guard reserved > 0 else { return }
        let released = reserved
        reserved = 0
        shared.requests.release(released)
    }

    func close(_ reason: String) {
        guard let context else { return }
        shared.logger.debug("closing a connection", metadata: ["connection": "\(id)", "reason": "\(reason)"])
        context.close(promise: nil)
    }
}

/// A task that runs again and again.
final class RepeatedTask {
    private var next: Scheduled<Void>?
    private var isCancelled = false

    fileprivate init(_ loop: NIOIsolatedEventLoop, _ interval: TimeAmount, _ work: @escaping () -> Void) {
        plan(loop, interval, work)
    }

    private func plan(_ loop: NIOIsolatedEventLoop, _ interval: TimeAmount, _ work: @escaping () -> Void) {
        next = loop.scheduleTask(in: interval) { [self] in
            work()
            if !isCancelled { plan(loop, interval, work) }
        }
    }

    func cancel() {
        isCancelled = true
        next?.cancel()
        next = nil
    }
}

extension NIOIsolatedEventLoop {
    fileprivate func scheduleRepeated(_ interval: TimeAmount, _ work: @escaping () -> Void) -> RepeatedTask {
        RepeatedTask(self, interval, work)
    }
}
