extension HistoryEvent {
    /// Turns the payloads that a machine will see into what they were before the codec.
    package mutating func decode(with codec: any PayloadCodec) async throws(TemporalError) {
        let decode = codec.decoding
        switch kind {
        case .workflowStarted(var started):
            started.input = try await decode(started.input)
            started.memo = try await decode(started.memo)
            kind = .workflowStarted(started)
        case .activityCompleted(let scheduled, let result):
            kind = .activityCompleted(scheduledEventID: scheduled, result: try await decode(result))
        case .activityFailed(let end, let failure): kind = .activityFailed(end, try await decode(failure))
        case .activityTimedOut(let end, let failure): kind = .activityTimedOut(end, try await decode(failure))
        case .activityCancelled(let end, let details):
            kind = .activityCancelled(end, details: try await decode(details))
        case .childCompleted(let end, let result): kind = .childCompleted(end, result: try await decode(result))
        case .childFailed(let end, let failure): kind = .childFailed(end, try await decode(failure))
        case .childCancelled(let end, let details):
            kind = .childCancelled(end, details: try await decode(details))
        case .signaled(var call):
            call.input = try await decode(call.input)
            kind = .signaled(call)
        case .updateAdmitted(var call):
            call.input = try await decode(call.input)
            kind = .updateAdmitted(call)
        case .updateAccepted(let id, var call?):
            call.input = try await decode(call.input)
            kind = .updateAccepted(id: id, call)
        case .completed(let payloads): kind = .completed(try await decode(payloads))
        case .failed(let failure): kind = .failed(try await decode(failure))
        case .cancelled(let details): kind = .cancelled(try await decode(details))
        case .terminated(let reason, let details):
            kind = .terminated(reason: reason, details: try await decode(details))
        default: break
        }
    }
}

extension [HistoryEvent] {
    package mutating func decode(with codec: any PayloadCodec) async throws(TemporalError) {
        for index in indices { try await self[index].decode(with: codec) }
    }
}
