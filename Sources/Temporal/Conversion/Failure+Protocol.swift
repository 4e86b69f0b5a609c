internal import SwiftProtobuf
internal import TemporalProtocol

extension Failure {
    /// Payloads stay as they came; `PayloadCodec.decoding` reads them. The depth is bounded by the protobuf decoder's.
    init(_ message: Temporal_Api_Failure_V1_Failure) {
        self.init(
            kind: Kind(message.failureInfo), message: message.message, stackTrace: message.stackTrace,
            source: message.source, cause: message.hasCause ? Failure(message.cause) : nil
        )
        if message.hasEncodedAttributes { encodedAttributes = Payload(message.encodedAttributes) }
        readEncodedAttributes()
    }

    var proto: Temporal_Api_Failure_V1_Failure {
        .with {
            $0.message = message
            $0.stackTrace = stackTrace
            $0.source = source
            $0.failureInfo = kind.message
            if let encodedAttributes { $0.encodedAttributes = encodedAttributes.message }
            if let cause { $0.cause = cause.proto }
        }
    }

    /// As the official SDKs name them.
    private struct Attributes: Codable {
        var message: String?
        var stackTrace: String?

        enum CodingKeys: String, CodingKey {
            case message
            case stackTrace = "stack_trace"
        }
    }

    /// Moves message and stack trace to where a codec reaches them; what is hidden already stays so.
    mutating func hideAttributes() throws(TemporalError) {
        guard encodedAttributes == nil else { return }
        encodedAttributes = try DataConverter.encode(Attributes(message: message, stackTrace: stackTrace))
        message = "Encoded failure"
        stackTrace = ""
    }

    /// Puts message and stack trace back in their place once they are plain JSON.
    mutating func readEncodedAttributes() {
        guard
            let payload = encodedAttributes, payload.encoding == "json/plain",
            let attributes = try? DataConverter.decode(Attributes.self, from: payload)
        else { return }
        message = attributes.message ?? message
        stackTrace = attributes.stackTrace ?? stackTrace
        encodedAttributes = nil
    }
}

extension Failure.Kind {
    init(_ info: Temporal_Api_Failure_V1_Failure.OneOf_FailureInfo?) {
        switch info {
        case .applicationFailureInfo(let info):
            self = .application(
                type: info.type, nonRetryable: info.nonRetryable, details: [Payload](info.details),
                nextRetryDelay: info.hasNextRetryDelay ? Duration(info.nextRetryDelay) : nil
            )
        case .timeoutFailureInfo(let info):
            self = .timeout(.init(info.timeoutType), lastHeartbeatDetails: [Payload](info.lastHeartbeatDetails))
        case .canceledFailureInfo(let info):
            self = .canceled(details: [Payload](info.details))
        case .terminatedFailureInfo:
            self = .terminated
        case .serverFailureInfo(let info):
            self = .server(nonRetryable: info.nonRetryable)
        case .resetWorkflowFailureInfo(let info):
            self = .resetWorkflow(lastHeartbeatDetails: [Payload](info.lastHeartbeatDetails))
        case .activityFailureInfo(let info):
            self = .activity(
                activityType: info.activityType.name, activityID: info.activityID,
                scheduledEventID: info.scheduledEventID, startedEventID: info.startedEventID, identity: info.identity,
                retryState: .init(info.retryState)
            )
        case .childWorkflowExecutionFailureInfo(let info):
            self = .childWorkflow(
                workflowType: info.workflowType.name, workflowID: info.workflowExecution.workflowID,
                runID: info.workflowExecution.runID, namespace: info.namespace,
                initiatedEventID: info.initiatedEventID, startedEventID: info.startedEventID,
                retryState: .init(info.retryState)
            )
        case .nexusOperationExecutionFailureInfo, .nexusHandlerFailureInfo, nil:
            self = .unknown
        }
    }

    /// nil for a kind that we did not know: its message and causes remain.
    var message: Temporal_Api_Failure_V1_Failure.OneOf_FailureInfo? {
        switch self {
        case .application(let type, let nonRetryable, let details, let nextRetryDelay):
            .applicationFailureInfo(
                .with {
                    $0.type = type
                    $0.nonRetryable = nonRetryable
                    if !details.isEmpty { $0.details = details.message }
                    if let nextRetryDelay { $0.nextRetryDelay = nextRetryDelay.message }
                })
        case .timeout(let kind, let details):
            .timeoutFailureInfo(
                .with {
                    $0.timeoutType = kind.message
                    if !details.isEmpty { $0.lastHeartbeatDetails = details.message }
                })
        case .canceled(let details):
            .canceledFailureInfo(.with { if !details.isEmpty { $0.details = details.message } })
        case .terminated:
            .terminatedFailureInfo(.init())
        case .server(let nonRetryable):
            .serverFailureInfo(.with { $0.nonRetryable = nonRetryable })
        case .resetWorkflow(let details):
            .resetWorkflowFailureInfo(.with { if !details.isEmpty { $0.lastHeartbeatDetails = details.message } })
        case .activity(let type, let id, let scheduled, let started, let identity, let retryState):
            .activityFailureInfo(
                .with {
                    $0.activityType.name = type
                    $0.activityID = id
                    $0.scheduledEventID = scheduled
                    $0.startedEventID = started
                    $0.identity = identity
                    $0.retryState = retryState.message
                })
        case .childWorkflow(let type, let id, let run, let namespace, let initiated, let started, let retryState):
            .childWorkflowExecutionFailureInfo(
                .with {
                    $0.workflowType.name = type
                    $0.workflowExecution.workflowID = id
                    $0.workflowExecution.runID = run
                    $0.namespace = namespace
                    $0.initiatedEventID = initiated
                    $0.startedEventID = started
                    $0.retryState = retryState.message
                })
        case .unknown: nil
        }
    }
}

extension Failure.TimeoutKind {
    init(_ type: Temporal_Api_Enums_V1_TimeoutType) {
        self =
            switch type {
            case .startToClose: .startToClose
            case .scheduleToStart: .scheduleToStart
            case .scheduleToClose: .scheduleToClose
            case .heartbeat: .heartbeat
            case .unspecified, .UNRECOGNIZED: .unspecified
            }
    }

    var message: Temporal_Api_Enums_V1_TimeoutType {
        switch self {
        case .unspecified: .unspecified
        case .startToClose: .startToClose
        case .scheduleToStart: .scheduleToStart
        case .scheduleToClose: .scheduleToClose
        case .heartbeat: .heartbeat
        }
    }
}

extension Failure.RetryState {
    init(_ state: Temporal_Api_Enums_V1_RetryState) {
        self =
            switch state {
            case .inProgress: .inProgress
            case .nonRetryableFailure: .nonRetryableFailure
            case .timeout: .timeout
            case .maximumAttemptsReached: .maximumAttemptsReached
            case .retryPolicyNotSet: .retryPolicyNotSet
            case .internalServerError: .internalServerError
            case .cancelRequested: .cancelRequested
            case .unspecified, .UNRECOGNIZED: .unspecified
            }
    }

    var message: Temporal_Api_Enums_V1_RetryState {
        switch self {
        case .unspecified: .unspecified
        case .inProgress: .inProgress
        case .nonRetryableFailure: .nonRetryableFailure
        case .timeout: .timeout
        case .maximumAttemptsReached: .maximumAttemptsReached
        case .retryPolicyNotSet: .retryPolicyNotSet
        case .internalServerError: .internalServerError
        case .cancelRequested: .cancelRequested
        }
    }
}

extension Failure {
    /// The bytes of `temporal.api.failure.v1.Failure`, for tools outside this process.
    package init(serialized bytes: [UInt8]) throws(TemporalError) {
        do {
            self.init(try Temporal_Api_Failure_V1_Failure(serializedBytes: bytes))
        } catch {
            throw TemporalError(.payload, "These bytes are no failure.", cause: error)
        }
    }

    package func serialized() throws(TemporalError) -> [UInt8] {
        do {
            return try proto.serializedBytes()
        } catch {
            throw TemporalError(.payload, "This failure cannot be written.", cause: error)
        }
    }
}
