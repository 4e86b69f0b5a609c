internal import NIOCore

/// Answers the server's HTTP/2 PINGs itself and hides them from the handlers behind it.
///
/// Go's gRPC servers measure bandwidth with a PING for almost every DATA frame. `NIOHTTP2Handler` takes more than 200
/// control frames in 30 s for an attack and closes the connection, that is below 100 calls a second. Here a PING
/// costs a 17-byte write. Frames are told apart by their 9-byte header (RFC 9113, section 4.1); everything else passes
/// unchanged.
final class PingAnsweringHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let headerLength = 9
    private static let pingLength = 17

    /// Bytes of the current frame's payload that are still to come.
    private var rest = 0
    /// The beginning of a frame that the last read cut off: less than a header, or less than a PING.
    private var held: ByteBuffer?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var input = unwrapInboundIn(data)
        if var held {
            held.writeBuffer(&input)
            input = held
            self.held = nil
        }
        forward(&input, context: context)
    }

    /// Walks the frames; `start` is where the bytes begin that were not passed on yet.
    private func forward(_ input: inout ByteBuffer, context: ChannelHandlerContext) {
        var start = input.readerIndex
        var position = start + min(rest, input.readableBytes)
        rest -= position - start

        func pass(upTo end: Int) {
            guard end > start, let slice = input.getSlice(at: start, length: end - start) else { return }
            context.fireChannelRead(wrapInboundOut(slice))
        }

        while position < input.writerIndex {
            guard let header = Header(input, at: position) else {
                pass(upTo: position)
                held = input.getSlice(at: position, length: input.writerIndex - position)
                return
            }
            // When the peer does not read, our answers would pile up: then the next handler's limits apply.
            if header.isPing, context.channel.isWritable {
                guard let opaque = input.getSlice(at: position + Self.headerLength, length: 8) else {
                    pass(upTo: position)
                    held = input.getSlice(at: position, length: input.writerIndex - position)
                    return
                }
                pass(upTo: position)
                answer(opaque, context: context)
                position += Self.pingLength
                start = position
                continue
            }
            let end = position + Self.headerLength + header.length
            rest = max(0, end - input.writerIndex)
            position = min(end, input.writerIndex)
        }
        pass(upTo: position)
    }

    private func answer(_ opaque: ByteBuffer, context: ChannelHandlerContext) {
        var frame = context.channel.allocator.buffer(capacity: Self.pingLength)
        frame.writeRepeatingByte(0, count: 2)
        frame.writeInteger(UInt8(8))
        frame.writeInteger(Header.pingType)
        frame.writeInteger(Header.ackFlag)
        frame.writeInteger(UInt32(0))
        frame.writeImmutableBuffer(opaque)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }
}

extension PingAnsweringHandler {
    private struct Header {
        static let pingType: UInt8 = 6
        static let ackFlag: UInt8 = 1

        let length: Int
        let isPing: Bool

        /// nil when the header is not complete.
        init?(_ buffer: ByteBuffer, at index: Int) {
            guard
                let word = buffer.getInteger(at: index, as: UInt32.self),
                let flags = buffer.getInteger(at: index + 4, as: UInt8.self),
                let stream = buffer.getInteger(at: index + 5, as: UInt32.self)
            else { return nil }
            length = Int(word >> 8)
            let type = UInt8(truncatingIfNeeded: word)
            isPing = type == Self.pingType && flags & Self.ackFlag == 0 && length == 8 && stream & 0x7fff_ffff == 0
        }
    }
}
