internal import NIOCore
internal import NIOHTTP1

/// The control endpoint, JSON over HTTP. What it answers is said at `ControlRequest`.
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
            let request = ControlRequest(
                method: head.method, path: head.uri, body: body.readBytes(length: body.readableBytes) ?? [])
            core.answer(request).assumeIsolated().whenSuccess { [self] answer in respond(answer, head, context) }
        }
    }

    private func respond(_ answer: ControlAnswer, _ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        let (status, json) = (answer.status, answer.json)
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
