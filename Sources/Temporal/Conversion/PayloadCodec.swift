/// Transforms payloads on their way to and from the server: compression, encryption, storage elsewhere.
///
/// It stands outside the workflow machine, so it may take its time and do I/O. It is applied to inputs, results, signal
/// and query arguments, memos, heartbeat and failure details; not to headers and search attributes, which the server
/// or other parties read. `decode` must leave alone what it did not encode.
package protocol PayloadCodec: Sendable {
    /// Gives as many payloads as it takes.
    func encode(_ payloads: [Payload]) async throws -> [Payload]
    func decode(_ payloads: [Payload]) async throws -> [Payload]
    /// Messages and stack traces of failures are encoded too, because they may tell what the payloads hide.
    var encodesFailureMessages: Bool { get }
}

extension PayloadCodec {
    package var encodesFailureMessages: Bool { false }
}

/// Several codecs as one: payloads pass them in order on their way to the server, in reverse on their way back.
package struct PayloadCodecChain: PayloadCodec {
    private let codecs: [any PayloadCodec]

    package init(_ codecs: [any PayloadCodec]) { self.codecs = codecs }

    package func encode(_ payloads: [Payload]) async throws -> [Payload] {
        var payloads = payloads
        for codec in codecs { payloads = try await codec.encoding(payloads) }
        return payloads
    }

    package func decode(_ payloads: [Payload]) async throws -> [Payload] {
        var payloads = payloads
        for codec in codecs.reversed() { payloads = try await codec.decoding(payloads) }
        return payloads
    }

    package var encodesFailureMessages: Bool { codecs.contains { $0.encodesFailureMessages } }
}

/// Leaves payloads as they are.
package struct IdentityPayloadCodec: PayloadCodec {
    package init() {}
    package func encode(_ payloads: [Payload]) -> [Payload] { payloads }
    package func decode(_ payloads: [Payload]) -> [Payload] { payloads }
}

extension PayloadCodec {
    /// `try await codec.encoding(failure)`
    package var encoding: PayloadTransform {
        PayloadTransform(hidesMessages: encodesFailureMessages) { try await encode($0) }
    }
    package var decoding: PayloadTransform { PayloadTransform { try await decode($0) } }
}

/// One way through a codec, over everything that holds payloads.
package struct PayloadTransform: Sendable {
    private let hidesMessages: Bool
    private let transform: @Sendable ([Payload]) async throws -> [Payload]

    fileprivate init(
        hidesMessages: Bool = false, _ transform: @escaping @Sendable ([Payload]) async throws -> [Payload]
    ) {
        self.hidesMessages = hidesMessages
        self.transform = transform
    }

    package func callAsFunction(_ payloads: [Payload]) async throws(TemporalError) -> [Payload] {
        guard !payloads.isEmpty else { return [] }
        let result: [Payload]
        do {
            result = try await transform(payloads)
        } catch {
            if error is CancellationError { throw TemporalError(.cancelled, "The call was cancelled.", cause: error) }
            if let error = error as? TemporalError { throw error }
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
        if hidesMessages { try failure.hideAttributes() }
        failure.encodedAttributes = try await self(failure.encodedAttributes)
        failure.readEncodedAttributes()
        if let cause = failure.cause { failure.cause = try await self(cause) }
        return failure
    }
}
