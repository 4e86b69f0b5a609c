internal import NIOCore

/// Answers the server's HTTP/2 PINGs itself and hides them from the handlers behind it.
///
/// Go's gRPC servers measure bandwidth with a PING for almost every DATA frame. `NIOHTTP2Handler` takes more than 200
/// control frames in 30 s for an attack and closes the connection, that is below 100 calls a second. Here a PING
/// costs a 17-byte write.
final class PingAnsweringHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var filter = PingFilter()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // When the peer does not read, our answers would pile up: then PINGs pass, and the next handler's limits apply.
        let pieces = filter.receive(unwrapInboundIn(data), isAnswering: context.channel.isWritable)
        for piece in pieces {
            switch piece {
            case .forward(let bytes): context.fireChannelRead(wrapInboundOut(bytes))
            case .answer(let frame): context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
            }
        }
    }
}
