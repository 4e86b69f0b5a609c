internal import SwiftProtobuf
package import TemporalProtocol

extension HistoryEvent {
    /// Throws for an event that this version does not know, unless its writer says that workers may ignore it.
    /// Payloads are as the server holds them: `decode` follows where a codec is in use.
    package init(_ message: Temporal_Api_History_V1_HistoryEvent) throws(HistoryFault) {
        self.init(
            id: message.eventID, time: Timestamp(message.eventTime),
            kind: try Kind(message)
        )
    }

    package static func events(
        _ messages: [Temporal_Api_History_V1_HistoryEvent]
    ) throws(HistoryFault) -> [HistoryEvent] {
        var events: [HistoryEvent] = []
        events.reserveCapacity(messages.count)
        for message in messages { events.append(try HistoryEvent(message)) }
        return events
    }
}

extension HistoryEvent.Kind {
    fileprivate init(_ message: Temporal_Api_History_V1_HistoryEvent) throws(HistoryFault) {
        guard let attributes = message.attributes else {
            guard message.workerMayIgnore else {
                let type = message.eventType.rawValue
                throw HistoryFault(
                    eventID: message.eventID, message: "unknown event type \(type), which workers must not ignore")
            }
            self = .other(type: "unknown event type \(message.eventType.rawValue)")
            return
        }
        self =
            Self.task(attributes) ?? Self.activity(attributes) ?? Self.timer(attributes) ?? Self.child(attributes)
            ?? Self.external(attributes) ?? Self.update(attributes) ?? Self.run(attributes) ?? Self.rest(attributes)
    }

    private typealias Attributes = Temporal_Api_History_V1_HistoryEvent.OneOf_Attributes

    private static func task(_ attributes: Attributes) -> Self? {
        switch attributes {
        case .workflowTaskScheduledEventAttributes: .workflowTaskScheduled
        case .workflowTaskStartedEventAttributes(let event):
            .workflowTaskStarted(
                historyBytes: Int(event.historySizeBytes), continueAsNewSuggested: event.suggestContinueAsNew)
        case .workflowTaskCompletedEventAttributes(let event):
            .workflowTaskCompleted(sdkName: event.sdkMetadata.sdkName, sdkVersion: event.sdkMetadata.sdkVersion)
        case .workflowTaskFailedEventAttributes(let event):
            .workflowTaskFailed(resetRunID: event.cause == .resetWorkflow ? event.newRunID : nil)
        case .workflowTaskTimedOutEventAttributes: .workflowTaskTimedOut
        default: nil
        }
    }

    private static func activity(_ attributes: Attributes) -> Self? {
        switch attributes {
        case .activityTaskScheduledEventAttributes(let event):
            .activityScheduled(id: event.activityID, type: event.activityType.name)
        case .activityTaskStartedEventAttributes(let event):
            .activityStarted(scheduledEventID: event.scheduledEventID, attempt: Int(event.attempt))
        case .activityTaskCompletedEventAttributes(let event):
            .activityCompleted(scheduledEventID: event.scheduledEventID, result: [Payload](event.result).first)
        case .activityTaskFailedEventAttributes(let event):
            .activityFailed(
                .init(
                    scheduledEventID: event.scheduledEventID, startedEventID: event.startedEventID,
                    identity: event.identity, retryState: .init(event.retryState)),
                Failure(event.failure))
        case .activityTaskTimedOutEventAttributes(let event):
            .activityTimedOut(
                .init(
                    scheduledEventID: event.scheduledEventID, startedEventID: event.startedEventID,
                    retryState: .init(event.retryState)),
                Failure(event.failure))
        case .activityTaskCancelRequestedEventAttributes(let event):
            .activityCancelRequested(scheduledEventID: event.scheduledEventID)
        case .activityTaskCanceledEventAttributes(let event):
            .activityCancelled(
                .init(
                    scheduledEventID: event.scheduledEventID, startedEventID: event.startedEventID,
                    identity: event.identity),
                details: [Payload](event.details))
        default: nil
        }
    }

    private static func timer(_ attributes: Attributes) -> Self? {
        switch attributes {
        case .timerStartedEventAttributes(let event): .timerStarted(id: event.timerID)
        case .timerFiredEventAttributes(let event): .timerFired(id: event.timerID)
        case .timerCanceledEventAttributes(let event): .timerCancelled(id: event.timerID)
        default: nil
        }
    }

    private static func child(_ attributes: Attributes) -> Self? {
        switch attributes {
        case .startChildWorkflowExecutionInitiatedEventAttributes(let event):
            .childInitiated(id: event.workflowID, type: event.workflowType.name)
        case .startChildWorkflowExecutionFailedEventAttributes(let event):
            .childStartFailed(
                .init(initiatedEventID: event.initiatedEventID, namespace: event.namespace),
                reason: event.cause.reason)
        case .childWorkflowExecutionStartedEventAttributes(let event):
            .childStarted(initiatedEventID: event.initiatedEventID, runID: event.workflowExecution.runID)
        case .childWorkflowExecutionCompletedEventAttributes(let event):
            .childCompleted(.init(event), result: [Payload](event.result).first)
        case .childWorkflowExecutionFailedEventAttributes(let event):
            .childFailed(.init(event, .init(event.retryState)), Failure(event.failure))
        case .childWorkflowExecutionCanceledEventAttributes(let event):
            .childCancelled(.init(event), details: [Payload](event.details))
        case .childWorkflowExecutionTimedOutEventAttributes(let event):
            .childTimedOut(.init(event, .init(event.retryState)))
        case .childWorkflowExecutionTerminatedEventAttributes(let event): .childTerminated(.init(event))
        default: nil
        }
    }

    private static func external(_ attributes: Attributes) -> Self? {
        switch attributes {
        case .signalExternalWorkflowExecutionInitiatedEventAttributes(let event):
            .externalSignalInitiated(workflowID: event.workflowExecution.workflowID, name: event.signalName)
        case .externalWorkflowExecutionSignaledEventAttributes(let event):
            .externalSignaled(initiatedEventID: event.initiatedEventID)
        case .signalExternalWorkflowExecutionFailedEventAttributes(let event):
            .externalSignalFailed(initiatedEventID: event.initiatedEventID, reason: event.cause.reason)
        case .requestCancelExternalWorkflowExecutionInitiatedEventAttributes(let event):
            .externalCancelInitiated(workflowID: event.workflowExecution.workflowID)
        case .externalWorkflowExecutionCancelRequestedEventAttributes(let event):
            .externalCancelRequested(initiatedEventID: event.initiatedEventID)
        case .requestCancelExternalWorkflowExecutionFailedEventAttributes(let event):
            .externalCancelFailed(initiatedEventID: event.initiatedEventID, reason: event.cause.reason)
        default: nil
        }
    }

    private static func update(_ attributes: Attributes) -> Self? {
        switch attributes {
        case .upsertWorkflowSearchAttributesEventAttributes: .searchAttributesUpserted
        case .workflowPropertiesModifiedEventAttributes: .memoModified
        case .workflowExecutionUpdateAdmittedEventAttributes(let event): .updateAdmitted(UpdateCall(event.request))
        case .workflowExecutionUpdateAcceptedEventAttributes(let event):
            .updateAccepted(
                id: event.protocolInstanceID, event.hasAcceptedRequest ? UpdateCall(event.acceptedRequest) : nil)
        case .workflowExecutionUpdateCompletedEventAttributes(let event): .updateCompleted(id: event.meta.updateID)
        default: nil
        }
    }

    private static func run(_ attributes: Attributes) -> Self? {
        switch attributes {
        case .workflowExecutionStartedEventAttributes(let event): .workflowStarted(.init(event))
        case .workflowExecutionSignaledEventAttributes(let event):
            .signaled(
                SignalCall(name: event.signalName, input: [Payload](event.input), identity: event.identity))
        case .workflowExecutionCancelRequestedEventAttributes(let event): .cancelRequested(reason: event.cause)
        case .workflowExecutionCompletedEventAttributes(let event): .completed([Payload](event.result))
        case .workflowExecutionFailedEventAttributes(let event): .failed(Failure(event.failure))
        case .workflowExecutionCanceledEventAttributes(let event): .cancelled([Payload](event.details))
        case .workflowExecutionContinuedAsNewEventAttributes(let event):
            .continuedAsNew(newRunID: event.newExecutionRunID)
        case .workflowExecutionTimedOutEventAttributes: .timedOut
        case .workflowExecutionTerminatedEventAttributes(let event):
            .terminated(reason: event.reason, details: [Payload](event.details))
        default: nil
        }
    }

    private static func rest(_ attributes: Attributes) -> Self {
        switch attributes {
        case .markerRecordedEventAttributes(let event): .foreignCommand(type: "MarkerRecorded \(event.markerName)")
        case .nexusOperationScheduledEventAttributes: .foreignCommand(type: "NexusOperationScheduled")
        case .nexusOperationCancelRequestedEventAttributes: .foreignCommand(type: "NexusOperationCancelRequested")
        // Answers to the commands above, and what people do to a run from outside.
        default: .other(type: name(attributes))
        }
    }

    private static func name(_ attributes: Attributes) -> String {
        let name = Mirror(reflecting: attributes).children.first?.label ?? "event"
        let suffix = "EventAttributes"
        return name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : name
    }
}

extension HistoryEvent.WorkflowStarted {
    fileprivate init(_ event: Temporal_Api_History_V1_WorkflowExecutionStartedEventAttributes) {
        self.init(
            workflowID: event.workflowID, originalRunID: event.originalExecutionRunID,
            firstRunID: event.firstExecutionRunID, continuedRunID: event.continuedExecutionRunID,
            workflowType: event.workflowType.name, taskQueue: event.taskQueue.name, input: [Payload](event.input),
            memo: [String: Payload](event.memo.fields), headers: [String: Payload](event.header.fields),
            attempt: Int(event.attempt)
        )
        searchAttributes = [String: Payload](event.searchAttributes.indexedFields)
        if event.hasRetryPolicy { retry = RetryPolicy(event.retryPolicy) }
    }
}
