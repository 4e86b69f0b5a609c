internal import TemporalProtocol

/// What the events that end a child share.
protocol ChildEndEvent {
    var namespace: String { get }
    var workflowExecution: Temporal_Api_Common_V1_WorkflowExecution { get }
    var initiatedEventID: Int64 { get }
    var startedEventID: Int64 { get }
}

extension Temporal_Api_History_V1_ChildWorkflowExecutionCompletedEventAttributes: ChildEndEvent {}
extension Temporal_Api_History_V1_ChildWorkflowExecutionFailedEventAttributes: ChildEndEvent {}
extension Temporal_Api_History_V1_ChildWorkflowExecutionCanceledEventAttributes: ChildEndEvent {}
extension Temporal_Api_History_V1_ChildWorkflowExecutionTimedOutEventAttributes: ChildEndEvent {}
extension Temporal_Api_History_V1_ChildWorkflowExecutionTerminatedEventAttributes: ChildEndEvent {}

extension HistoryEvent.ChildEnd {
    init(_ event: some ChildEndEvent, _ retryState: Failure.RetryState = .unspecified) {
        self.init(
            initiatedEventID: event.initiatedEventID, startedEventID: event.startedEventID,
            runID: event.workflowExecution.runID, namespace: event.namespace, retryState: retryState
        )
    }
}

extension Temporal_Api_Enums_V1_StartChildWorkflowExecutionFailedCause {
    /// Temporal's name of the error.
    var reason: String {
        switch self {
        case .workflowAlreadyExists: "WorkflowExecutionAlreadyStarted"
        case .namespaceNotFound: "NamespaceNotFound"
        default: "ChildWorkflowStartFailed"
        }
    }
}

extension Temporal_Api_Enums_V1_SignalExternalWorkflowExecutionFailedCause {
    var reason: String {
        switch self {
        case .externalWorkflowExecutionNotFound: "ExternalWorkflowExecutionNotFound"
        case .namespaceNotFound: "NamespaceNotFound"
        case .signalCountLimitExceeded: "SignalCountLimitExceeded"
        default: "ExternalSignalFailed"
        }
    }
}

extension Temporal_Api_Enums_V1_CancelExternalWorkflowExecutionFailedCause {
    var reason: String {
        switch self {
        case .externalWorkflowExecutionNotFound: "ExternalWorkflowExecutionNotFound"
        case .namespaceNotFound: "NamespaceNotFound"
        default: "ExternalCancelFailed"
        }
    }
}

extension UpdateCall {
    init(_ request: Temporal_Api_Update_V1_Request) {
        self.init(
            id: request.meta.updateID, name: request.input.name, input: [Payload](request.input.args),
            identity: request.meta.identity
        )
    }
}
