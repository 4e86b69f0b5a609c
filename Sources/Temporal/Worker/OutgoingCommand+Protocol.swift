internal import SwiftProtobuf
internal import TemporalProtocol

extension OutgoingCommand {
    func message<Machine>(
        _ run: WorkflowRun<Machine>, _ encode: PayloadTransform
    ) async throws(TemporalError) -> Temporal_Api_Command_V1_Command {
        var message = Temporal_Api_Command_V1_Command()
        switch self {
        case .scheduleActivity(let seq, let options):
            message.commandType = .scheduleActivityTask
            message.scheduleActivityTaskCommandAttributes = try await options.message(seq, run.taskQueue, encode)
            try await message.summarize(options.summary, encode)
        case .requestCancelActivity(_, let event):
            message.commandType = .requestCancelActivityTask
            message.requestCancelActivityTaskCommandAttributes.scheduledEventID = event
        case .startTimer(let seq, let duration, let summary):
            message.commandType = .startTimer
            message.startTimerCommandAttributes.timerID = String(seq)
            message.startTimerCommandAttributes.startToFireTimeout = max(duration, .zero).message
            try await message.summarize(summary, encode)
        case .cancelTimer(let seq):
            message.commandType = .cancelTimer
            message.cancelTimerCommandAttributes.timerID = String(seq)
        case .startChild(_, let options):
            message.commandType = .startChildWorkflowExecution
            message.startChildWorkflowExecutionCommandAttributes = try await options.message(run, encode)
            try await message.summarize(options.summary, encode)
        case .signalExternal(_, let target, let call):
            message.commandType = .signalExternalWorkflowExecution
            message.signalExternalWorkflowExecutionCommandAttributes = try await target.message(call, run, encode)
        case .cancelExternal(_, let target, let reason):
            message.commandType = .requestCancelExternalWorkflowExecution
            message.requestCancelExternalWorkflowExecutionCommandAttributes = target.message(cancel: reason, run)
        case .acceptUpdate(let update):
            message.commandType = .protocolMessage
            message.protocolMessageCommandAttributes.messageID = update.acceptanceID
        case .completeUpdate(let id, _):
            message.commandType = .protocolMessage
            message.protocolMessageCommandAttributes.messageID = UpdateRequest.completionID(id)
        case .upsertSearchAttributes(let attributes):
            message.commandType = .upsertWorkflowSearchAttributes
            message.upsertWorkflowSearchAttributesCommandAttributes.searchAttributes = try attributes.message
        case .modifyMemo(let fields):
            message.commandType = .modifyWorkflowProperties
            // The server removes what it can read as null.
            let kept = try await encode(fields.filter { $0.value != .null })
            message.modifyWorkflowPropertiesCommandAttributes.upsertedMemo.fields =
                fields.filter { $0.value == .null }.merging(kept) { $1 }.messages
        case .complete(let payload):
            message.commandType = .completeWorkflowExecution
            message.completeWorkflowExecutionCommandAttributes.result = try await encode([payload]).message
        case .fail(let failure):
            message.commandType = .failWorkflowExecution
            message.failWorkflowExecutionCommandAttributes.failure = try await encode(failure).proto
        case .cancelled(let details):
            message.commandType = .cancelWorkflowExecution
            message.cancelWorkflowExecutionCommandAttributes.details = try await encode(details).message
        case .continueAsNew(let next):
            message.commandType = .continueAsNewWorkflowExecution
            message.continueAsNewWorkflowExecutionCommandAttributes = try await next.message(run, encode)
        }
        return message
    }
}

extension Temporal_Api_Command_V1_Command {
    fileprivate mutating func summarize(_ summary: String, _ encode: PayloadTransform) async throws(TemporalError) {
        guard !summary.isEmpty else { return }
        if let payload = try await encode(try DataConverter.encode(summary)) { userMetadata.summary = payload.message }
    }
}

extension ActivityOptions {
    fileprivate func message(
        _ seq: Seq, _ workflowTaskQueue: String, _ encode: PayloadTransform
    ) async throws(TemporalError) -> Temporal_Api_Command_V1_ScheduleActivityTaskCommandAttributes {
        var message = Temporal_Api_Command_V1_ScheduleActivityTaskCommandAttributes()
        message.activityID = String(seq)
        message.activityType.name = activityType
        message.taskQueue.name = taskQueue.isEmpty ? workflowTaskQueue : taskQueue
        message.taskQueue.kind = .normal
        if !headers.isEmpty { message.header.fields = headers.messages }
        if !input.isEmpty { message.input = try await encode(input).message }
        if let scheduleToClose { message.scheduleToCloseTimeout = scheduleToClose.message }
        if let scheduleToStart { message.scheduleToStartTimeout = scheduleToStart.message }
        if let startToClose { message.startToCloseTimeout = startToClose.message }
        if let heartbeat { message.heartbeatTimeout = heartbeat.message }
        if let retry { message.retryPolicy = retry.message }
        if let priority { message.priority = priority.message }
        return message
    }
}

extension ContinueAsNew {
    fileprivate func message<Machine>(
        _ run: WorkflowRun<Machine>, _ encode: PayloadTransform
    ) async throws(TemporalError) -> Temporal_Api_Command_V1_ContinueAsNewWorkflowExecutionCommandAttributes {
        var message = Temporal_Api_Command_V1_ContinueAsNewWorkflowExecutionCommandAttributes()
        message.workflowType.name = workflowType ?? run.workflowType
        message.taskQueue.name = taskQueue ?? run.taskQueue
        message.initiator = .workflow
        message.input = try await encode(input).message
        // The server passes these on only when told to.
        let kept = memo.isEmpty ? run.started?.memo ?? [:] : memo
        if !kept.isEmpty { message.memo.fields = try await encode(kept).messages }
        if let started = run.started {
            if !started.searchAttributes.isEmpty {
                message.searchAttributes.indexedFields = started.searchAttributes.messages
            }
            if !started.headers.isEmpty { message.header.fields = started.headers.messages }
            if let retry = started.retry { message.retryPolicy = retry.message }
        }
        return message
    }
}
