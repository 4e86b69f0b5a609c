import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// A provider that answers at once: what stands before it is measured. Prints its port, and runs until it is ended.
func serveUpstream() async throws {
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.backlog, value: 1024)
        .childChannelInitializer { channel in
            channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                try channel.pipeline.syncOperations.addHandler(CompletionHandler())
            }
        }
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .bind(host: "127.0.0.1", port: 0).get()
    // Not held back in a buffer, as `print` would in a pipe.
    FileHandle.standardOutput.write(Data("\(server.localAddress?.port ?? 0)\n".utf8))
    try await server.closeFuture.get()
}

/// The same chat completion to every request.
private final class CompletionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let body = ByteBuffer(
        string: """
            {"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"bench","choices":[{"index":0,\
            "finish_reason":"stop","message":{"role":"assistant","content":"Hello from upstream."}}],\
            "usage":{"prompt_tokens":20,"completion_tokens":5,"total_tokens":25}}
            """)

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let headers: HTTPHeaders = [
            "content-type": "application/json", "content-length": String(Self.body.readableBytes),
        ]
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(Self.body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
