import HTTPTypes
package import NIOCore
package import NIOHTTPTypes

/// Ends requests whose body does not come: each has 30 seconds and one more for every 16 KiB that came. Else whoever sends a
/// byte now and then holds a connection for as long as it likes, also one that was refused before its body was read.
///
/// Reading the body fails with `SlowBody` then, whatever the route reads it with; shortly after, the connection is closed.
package final class BodyPace: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPRequestPart
    package typealias InboundOut = HTTPRequestPart

    static let patience = TimeAmount.seconds(30)
    static let bytesPerSecond = 16 << 10
    /// For the answer.
    private static let farewell = TimeAmount.seconds(5)

    /// Of the request whose body is being read.
    private var deadline = NIODeadline.distantFuture
    private var check: Scheduled<Void>?

    package init() {}

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            deadline = .now() + Self.patience
            if check == nil { look(at: deadline, context) }
        case .body(let bytes):
            let nanoseconds = Int64(bytes.readableBytes) * 1_000_000_000 / Int64(Self.bytesPerSecond)
            deadline = deadline + .nanoseconds(nanoseconds)
        case .end: deadline = .distantFuture
        }
        context.fireChannelRead(data)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        check?.cancel()
        check = nil
    }

    /// One task a connection, not one a request: it finds the deadline moved, or gone.
    private func look(at time: NIODeadline, _ context: ChannelHandlerContext) {
        check = context.eventLoop.assumeIsolated().scheduleTask(deadline: time) { [self] in
            check = nil
            if deadline == .distantFuture { return }
            guard deadline <= .now() else { return look(at: deadline, context) }
            context.fireErrorCaught(SlowBody())
            check = context.eventLoop.assumeIsolated().scheduleTask(in: Self.farewell) { context.close(promise: nil) }
        }
    }
}

/// A body that does not come.
struct SlowBody: Error {}

extension Problem {
    static let slowBody = Problem(
        status: .requestTimeout, code: "body_too_slow", title: "Body too slow",
        detail: "The body was not here in time: 30 seconds, and a second more for every 16 KiB that came."
    )
}
