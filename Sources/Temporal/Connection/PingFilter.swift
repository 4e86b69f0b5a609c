package import NIOCore

/// Takes the PINGs out of a stream of HTTP/2 frames, however the stream is cut into reads.
///
/// Frames are told apart by their 9-byte header (RFC 9113, section 4.1): 24 bits of length, type, flags, 32 bits of
/// stream. Everything but a PING that wants an answer passes unchanged.
package struct PingFilter {
    package enum Piece {
        case forward(ByteBuffer)
        /// The frame that answers a PING.
        case answer(ByteBuffer)
    }

    private static let headerLength = 9
    private static let pingLength = 17

    /// Bytes of the current frame's payload that are still to come.
    private var rest = 0
    /// The beginning of a frame that the last read cut off: less than a header, or less than a PING.
    private var held: ByteBuffer?

    package init() {}

    /// What is to be done about a read, in order. With `isAnswering` false PINGs pass like other frames.
    package mutating func receive(_ bytes: ByteBuffer, isAnswering: Bool = true) -> [Piece] {
        var pieces: [Piece] = []
        var input = bytes
        if var held {
            held.writeBuffer(&input)
            input = held
            self.held = nil
        }
        // What lies before `start` is in `pieces`.
        var start = input.readerIndex
        var position = start + min(rest, input.readableBytes)
        rest -= position - start

        func forward(upTo end: Int) {
            guard end > start, let slice = input.getSlice(at: start, length: end - start) else { return }
            pieces.append(.forward(slice))
        }

        while position < input.writerIndex {
            let header = Header(input, at: position)
            let isPing = isAnswering && header?.isPing == true
            guard let header, !isPing || input.writerIndex - position >= Self.pingLength else {
                held = input.getSlice(at: position, length: input.writerIndex - position)
                break
            }
            if isPing {
                forward(upTo: position)
                pieces.append(.answer(Self.answer(to: input, at: position)))
                position += Self.pingLength
                start = position
            } else {
                let end = position + Self.headerLength + header.length
                rest = max(0, end - input.writerIndex)
                position = min(end, input.writerIndex)
            }
        }
        forward(upTo: position)
        return pieces
    }

    /// The same frame with the ACK flag.
    private static func answer(to input: ByteBuffer, at index: Int) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.reserveCapacity(pingLength)
        frame.writeBytes([0, 0, 8, Header.pingType, Header.ackFlag, 0, 0, 0, 0])
        if let opaque = input.getSlice(at: index + headerLength, length: 8) { frame.writeImmutableBuffer(opaque) }
        return frame
    }
}

extension PingFilter {
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
