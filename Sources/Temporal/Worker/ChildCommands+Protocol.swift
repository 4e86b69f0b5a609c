internal import SwiftProtobuf
internal import TemporalProtocol

extension ChildOptions {
    func message<Machine>(
        _ run: WorkflowRun<Machine>, _ encode: PayloadTransform
    ) async throws(TemporalError) -> Temporal_Api_Command_V1_StartChildWorkflowExecutionCommandAttributes {
        var message = Temporal_Api_Command_V1_StartChildWorkflowExecutionCommandAttributes()
        message.namespace = run.namespace
        message.workflowID = workflowID
        message.workflowType.name = workflowType
        message.taskQueue.name = taskQueue.isEmpty ? run.taskQueue : taskQueue
        message.taskQueue.kind = .normal
        message.workflowIDReusePolicy = reusePolicy.message
        message.parentClosePolicy = parentClosePolicy.message
        if !input.isEmpty { message.input = try await encode(input).message }
        if !memo.isEmpty { message.memo.fields = try await encode(memo).messages }
        if !headers.isEmpty { message.header.fields = headers.messages }
        if !searchAttributes.isEmpty { message.searchAttributes = try searchAttributes.message }
        if let executionTimeout { message.workflowExecutionTimeout = executionTimeout.message }
        if let runTimeout { message.workflowRunTimeout = runTimeout.message }
        if let retry { message.retryPolicy = retry.message }
        if let priority { message.priority = priority.message }
        return message
    }
}

extension ExternalTarget {
    func message<Machine>(
        _ call: SignalCall, _ run: WorkflowRun<Machine>, _ encode: PayloadTransform
    ) async throws(TemporalError) -> Temporal_Api_Command_V1_SignalExternalWorkflowExecutionCommandAttributes {
        var message = Temporal_Api_Command_V1_SignalExternalWorkflowExecutionCommandAttributes()
        message.namespace = run.namespace
        message.execution.workflowID = workflowID
        message.execution.runID = runID
        message.childWorkflowOnly = childOnly
        message.signalName = call.name
        if !call.input.isEmpty { message.input = try await encode(call.input).message }
        return message
    }

    func message<Machine>(
        cancel reason: String, _ run: WorkflowRun<Machine>
    ) -> Temporal_Api_Command_V1_RequestCancelExternalWorkflowExecutionCommandAttributes {
        .with {
            $0.namespace = run.namespace
            $0.workflowID = workflowID
            $0.runID = runID
            $0.childWorkflowOnly = childOnly
            $0.reason = reason
        }
    }
}

extension ChildOptions.ParentClosePolicy {
    fileprivate var message: Temporal_Api_Enums_V1_ParentClosePolicy {
        switch self {
        case .terminate: .terminate
        case .abandon: .abandon
        case .requestCancel: .requestCancel
        }
    }
}
