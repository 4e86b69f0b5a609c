internal import SwiftProtobuf
internal import TemporalProtocol

/// The server refuses what is larger, at best with a code. So it is not sent, and the error says what to do.
extension SizeLimit {
    /// Encoded payloads that travel as one value: an input, arguments, details.
    func check(_ payloads: [Payload], _ what: @autoclosure () -> String) throws(TemporalError) {
        guard payloads.weight > command else { return }
        try check(bytes: payloads.message.encodedSize, command, what())
    }

    func check(memo: [String: Payload], _ what: @autoclosure () -> String) throws(TemporalError) {
        guard memo.weight > command else { return }
        try check(bytes: Temporal_Api_Common_V1_Memo.with { $0.fields = memo.messages }.encodedSize, command, what())
    }

    /// A whole request, whose parts may each be within their bounds and together are not.
    func check(request: some StartMessage, signal: [Payload] = []) throws(TemporalError) {
        let parts = [
            [Payload](request.input).weight, signal.weight, [String: Payload](request.memo.fields).weight,
            [String: Payload](request.header.fields).weight,
        ]
        guard parts.reduce(0, +) > self.request / 2 else { return }
        try check(bytes: request.encodedSize, self.request, "The start of \(request.workflowID)")
    }

    /// A failure by itself, and in one request with the last heartbeat's details.
    func check(failure: Failure, with details: [Payload]) throws(TemporalError) {
        let bytes = failure.proto.encodedSize
        try check(bytes: bytes, command, "The failure")
        try check(bytes: bytes + details.weight, request, "The failure with the heartbeat's details")
    }

    private func check(bytes: Int, _ limit: Int, _ what: String) throws(TemporalError) {
        guard bytes > limit else { return }
        throw TemporalError(
            .payload, "\(what) takes \(bytes) bytes; the server takes \(limit). Pass large values by reference.")
    }
}

/// More than the bytes on the wire: what weighs little need not be written to be measured.
extension Payload {
    fileprivate var weight: Int { metadata.reduce(data.count + 16) { $0 + $1.key.utf8.count + $1.value.count + 16 } }
}

extension [Payload] {
    var weight: Int { reduce(0) { $0 + $1.weight } }
}

extension [String: Payload] {
    var weight: Int { reduce(0) { $0 + $1.key.utf8.count + 16 + $1.value.weight } }
}
