internal import SwiftProtobuf
internal import TemporalProtocol

/// How an attempt at an activity ends.
enum ActivityOutcome: Sendable {
    case completed(Payload?)
    case failed(Failure, lastHeartbeat: [Payload])
    case cancelled(details: [Payload])

    /// After the codec, as it is weighed and sent.
    enum Encoded: Sendable {
        case completed([Payload])
        case failed(Failure, lastHeartbeat: [Payload])
        case cancelled([Payload])

        init(_ outcome: ActivityOutcome, _ codec: any PayloadCodec) async throws(TemporalError) {
            let encode = codec.encoding
            switch outcome {
            case .completed(let payload): self = .completed((try await encode(payload)).map { [$0] } ?? [])
            case .failed(let failure, let details):
                self = .failed(try await encode(failure), lastHeartbeat: try await encode(details))
            case .cancelled(let details): self = .cancelled(try await encode(details))
            }
        }

        /// The server would refuse what is too large, or cut the connection, however often it is sent.
        func check(_ limits: SizeLimit) throws(TemporalError) {
            func check(_ what: String, _ size: Int) throws(TemporalError) {
                guard size <= limits.command else { throw limits.error("\(what) has \(size) bytes") }
            }
            switch self {
            case .completed(let result): try check("the result", result.encodedSize)
            case .cancelled(let details): try check("the cancellation's details", details.encodedSize)
            case .failed(let failure, let details):
                let (failed, last) = (failure.proto.encodedSize, details.encodedSize)
                try check("the failure", failed)
                try check("the heartbeat's details", last)
                guard failed + last <= limits.request else {
                    throw limits.error("the failure with the heartbeat's details has \(failed + last) bytes")
                }
            }
        }
    }
}

extension SizeLimit {
    fileprivate func error(_ found: String) -> TemporalError {
        TemporalError(.invalidArgument, "\(found); the server takes \(command). Pass large values by reference.")
    }
}

extension [Payload] {
    /// Bytes on the wire, but for a few of framing.
    var encodedSize: Int { reduce(0) { $0 + $1.encodedSize } }
}

extension Payload {
    fileprivate var encodedSize: Int {
        // Tag and length of the payload, of its data, of each entry, its key and its value.
        metadata.reduce(data.count + 10) { $0 + $1.key.utf8.count + $1.value.count + 10 }
    }
}
