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

        func check(_ limits: SizeLimit) throws(TemporalError) {
            switch self {
            case .completed(let result): try limits.check(result, "The result")
            case .cancelled(let details): try limits.check(details, "The cancellation's details")
            case .failed(let failure, let details):
                try limits.check(details, "The heartbeat's details")
                try limits.check(failure: failure, with: details)
            }
        }
    }
}
