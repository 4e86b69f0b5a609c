internal import SwiftProtobuf
internal import TemporalProtocol

/// What the messages of a start, a signal-with-start and a schedule's action share.
protocol WorkflowMessage: SwiftProtobuf.Message {
    var workflowID: String { get set }
    var workflowType: Temporal_Api_Common_V1_WorkflowType { get set }
    var taskQueue: Temporal_Api_Taskqueue_V1_TaskQueue { get set }
    var input: Temporal_Api_Common_V1_Payloads { get set }
    var workflowExecutionTimeout: Google_Protobuf_Duration { get set }
    var workflowRunTimeout: Google_Protobuf_Duration { get set }
    var workflowTaskTimeout: Google_Protobuf_Duration { get set }
    var workflowIDReusePolicy: Temporal_Api_Enums_V1_WorkflowIdReusePolicy { get set }
    var retryPolicy: Temporal_Api_Common_V1_RetryPolicy { get set }
    var priority: Temporal_Api_Common_V1_Priority { get set }
    var memo: Temporal_Api_Common_V1_Memo { get set }
    var searchAttributes: Temporal_Api_Common_V1_SearchAttributes { get set }
    var header: Temporal_Api_Common_V1_Header { get set }
    var userMetadata: Temporal_Api_Sdk_V1_UserMetadata { get set }
}

/// What the messages of a start and of a signal-with-start share besides.
protocol StartMessage: WorkflowMessage {
    var namespace: String { get set }
    var identity: String { get set }
    var requestID: String { get set }
    var workflowStartDelay: Google_Protobuf_Duration { get set }
}

extension Temporal_Api_Workflowservice_V1_StartWorkflowExecutionRequest: StartMessage {}
extension Temporal_Api_Workflowservice_V1_SignalWithStartWorkflowExecutionRequest: StartMessage {}
extension Temporal_Api_Workflow_V1_NewWorkflowExecutionInfo: WorkflowMessage {}

extension TemporalClient {
    func message<Start: StartMessage>(
        _ type: Start.Type, for request: StartWorkflowRequest
    ) async throws(TemporalError) -> Start {
        var message = try await workflowMessage(type, for: request)
        message.namespace = namespace
        message.identity = identity
        message.requestID = request.requestID
        if let delay = request.startDelay { message.workflowStartDelay = delay.message }
        return message
    }

    /// What runs, without when and on whose behalf.
    func workflowMessage<Workflow: WorkflowMessage>(
        _ type: Workflow.Type, for request: StartWorkflowRequest
    ) async throws(TemporalError) -> Workflow {
        var message = Workflow()
        message.workflowID = request.workflowID
        message.workflowType.name = request.workflowType
        message.taskQueue.name = request.taskQueue
        message.workflowIDReusePolicy = request.reusePolicy.message
        if let timeout = request.executionTimeout { message.workflowExecutionTimeout = timeout.message }
        if let timeout = request.runTimeout { message.workflowRunTimeout = timeout.message }
        if let timeout = request.taskTimeout { message.workflowTaskTimeout = timeout.message }
        if let retry = request.retry { message.retryPolicy = retry.message }
        if let priority = request.priority { message.priority = priority.message }
        if !request.headers.isEmpty { message.header.fields = request.headers.messages }
        if !request.searchAttributes.isEmpty { message.searchAttributes = try request.searchAttributes.message }
        let input = try await codec.encoding(request.input)
        try limits.check(input, "The input of workflow \(request.workflowID)")
        if !input.isEmpty { message.input = input.message }
        let memo = try await codec.encoding(request.memo)
        try limits.check(memo: memo, "The memo of workflow \(request.workflowID)")
        if !memo.isEmpty { message.memo.fields = memo.messages }
        if let text = request.summary {
            message.userMetadata.summary = try await codec.encoding([DataConverter.encode(text)])[0].message
        }
        if let text = request.details {
            message.userMetadata.details = try await codec.encoding([DataConverter.encode(text)])[0].message
        }
        return message
    }
}

extension StartWorkflowRequest.ReusePolicy {
    var message: Temporal_Api_Enums_V1_WorkflowIdReusePolicy {
        switch self {
        case .allowDuplicate: .allowDuplicate
        case .allowDuplicateFailedOnly: .allowDuplicateFailedOnly
        case .rejectDuplicate: .rejectDuplicate
        }
    }

    init(_ message: Temporal_Api_Enums_V1_WorkflowIdReusePolicy) {
        self =
            switch message {
            case .allowDuplicateFailedOnly: .allowDuplicateFailedOnly
            case .rejectDuplicate: .rejectDuplicate
            case .unspecified, .allowDuplicate, .terminateIfRunning, .UNRECOGNIZED: .allowDuplicate
            }
    }
}

extension StartWorkflowRequest.ConflictPolicy {
    var message: Temporal_Api_Enums_V1_WorkflowIdConflictPolicy {
        switch self {
        case .fail: .fail
        case .useExisting: .useExisting
        case .terminateExisting: .terminateExisting
        }
    }
}
