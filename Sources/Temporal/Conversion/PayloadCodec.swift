/// Transforms payloads on their way to and from the server: compression, encryption, storage elsewhere.
///
/// It stands outside the workflow machine, so it may take its time and do I/O. It is applied to inputs, results, signal
/// and query arguments, memos, heartbeat and failure details; not to headers and search attributes, which the server
/// or other parties read. `decode` must leave alone what it did not encode.
package protocol PayloadCodec: Sendable {
    /// Gives as many payloads as it takes.
    func encode(_ payloads: [Payload]) async throws -> [Payload]
    func decode(_ payloads: [Payload]) async throws -> [Payload]
}

/// Leaves payloads as they are.
package struct IdentityPayloadCodec: PayloadCodec {
    package init() {}
    package func encode(_ payloads: [Payload]) -> [Payload] { payloads }
    package func decode(_ payloads: [Payload]) -> [Payload] { payloads }
}

extension PayloadCodec {
    /// `try await codec.encoding(failure)`
    package var encoding: PayloadTransform { PayloadTransform { try await encode($0) } }
    package var decoding: PayloadTransform { PayloadTransform { try await decode($0) } }
}

/// One way through a codec, over everything that holds payloads.
package struct PayloadTransform: Sendable {
    private let transform: @Sendable ([Payload]) async throws -> [Payload]

    fileprivate init(_ transform: @escaping @Sendable ([Payload]) async throws -> [Payload]) {
        self.transform = transform
    }

    package func callAsFunction(_ payloads: [Payload]) async throws(TemporalError) -> [Payload] {
        guard !payloads.isEmpty else { return [] }
        let result: [Payload]
        do {
            result = try await transform(payloads)
        } catch {
            if error is CancellationError { throw TemporalError(.cancelled, "The call was cancelled.", cause: error) }
            throw TemporalError(.payload, "The payload codec failed.", cause: error)
        }
        guard result.count == payloads.count else {
            throw TemporalError(.payload, "The codec gave \(result.count) payloads for \(payloads.count).")
        }
        return result
    }

    package func callAsFunction(_ payload: Payload?) async throws(TemporalError) -> Payload? {
        guard let payload else { return nil }
        return try await self([payload])[0]
    }

    package func callAsFunction(_ payloads: [String: Payload]) async throws(TemporalError) -> [String: Payload] {
        let keys = payloads.keys.sorted()
        let values = try await self(keys.compactMap { payloads[$0] })
        return Dictionary(uniqueKeysWithValues: zip(keys, values))
    }

    /// With all its causes.
    package func callAsFunction(_ failure: Failure) async throws(TemporalError) -> Failure {
        var failure = failure
        switch failure.kind {
        case .application(let type, let nonRetryable, let details, let delay):
            failure.kind = .application(
                type: type, nonRetryable: nonRetryable, details: try await self(details), nextRetryDelay: delay)
        case .timeout(let kind, let details):
            failure.kind = .timeout(kind, lastHeartbeatDetails: try await self(details))
        case .canceled(let details):
            failure.kind = .canceled(details: try await self(details))
        case .resetWorkflow(let details):
            failure.kind = .resetWorkflow(lastHeartbeatDetails: try await self(details))
        case .terminated, .server, .activity, .childWorkflow, .unknown: break
        }
        failure.encodedAttributes = try await self(failure.encodedAttributes)
        failure.readEncodedAttributes()
        if let cause = failure.cause { failure.cause = try await self(cause) }
        return failure
    }
}
