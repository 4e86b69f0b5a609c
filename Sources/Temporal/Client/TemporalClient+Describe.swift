internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalClient {
    /// How a run stands; without a run id, the latest. Strongly consistent, unlike lists.
    package func describe(workflowID: String, runID: String = "") async throws(TemporalError) -> WorkflowDescription {
        let message = Temporal_Api_Workflowservice_V1_DescribeWorkflowExecutionRequest.with {
            $0.namespace = namespace
            $0.execution = execution(workflowID, runID)
        }
        let response = try await connection.call {
            try await $0.workflows.describeWorkflowExecution(message, metadata: $0.metadata, options: $0.options)
        }
        var activities: [PendingActivity] = []
        for activity in response.pendingActivities {
            activities.append(try await pendingActivity(activity))
        }
        let configuration = response.executionConfig
        var run = workflowExecution(response.workflowExecutionInfo)
        run.memo = try await codec.decoding(run.memo)
        if run.taskQueue.isEmpty { run.taskQueue = configuration.taskQueue.name }
        return WorkflowDescription(
            execution: run,
            pendingActivities: activities,
            executionTimeout: nonzero(configuration.workflowExecutionTimeout),
            runTimeout: nonzero(configuration.workflowRunTimeout),
            summary: try await text(configuration.userMetadata.hasSummary, configuration.userMetadata.summary),
            details: try await text(configuration.userMetadata.hasDetails, configuration.userMetadata.details)
        )
    }

    /// Also the form of a list's entries; the memo as it was recorded.
    func workflowExecution(_ info: Temporal_Api_Workflow_V1_WorkflowExecutionInfo) -> WorkflowExecution {
        WorkflowExecution(
            workflowID: info.execution.workflowID,
            runID: info.execution.runID,
            firstRunID: info.firstRunID,
            workflowType: info.type.name,
            taskQueue: info.taskQueue,
            status: WorkflowStatus(info.status),
            startTime: info.hasStartTime ? Timestamp(info.startTime) : nil,
            executionTime: info.hasExecutionTime ? Timestamp(info.executionTime) : nil,
            closeTime: info.hasCloseTime ? Timestamp(info.closeTime) : nil,
            historyLength: Int(info.historyLength),
            historyBytes: Int(info.historySizeBytes),
            memo: [String: Payload](info.memo.fields),
            searchAttributes: SearchAttributes(info.searchAttributes),
            parent: info.hasParentExecution
                ? .init(workflowID: info.parentExecution.workflowID, runID: info.parentExecution.runID) : nil,
            priority: Priority(info.priority)
        )
    }

    private func pendingActivity(
        _ info: Temporal_Api_Workflow_V1_PendingActivityInfo
    ) async throws(TemporalError) -> PendingActivity {
        var lastFailure: Failure?
        if info.hasLastFailure { lastFailure = try await codec.decoding(Failure(info.lastFailure)) }
        return PendingActivity(
            activityID: info.activityID,
            activityType: info.activityType.name,
            state: PendingActivity.State(info.state),
            attempt: Int(info.attempt),
            maximumAttempts: Int(info.maximumAttempts),
            scheduledTime: info.hasScheduledTime ? Timestamp(info.scheduledTime) : nil,
            lastStartedTime: info.hasLastStartedTime ? Timestamp(info.lastStartedTime) : nil,
            lastHeartbeatTime: info.hasLastHeartbeatTime ? Timestamp(info.lastHeartbeatTime) : nil,
            nextAttemptTime: info.hasNextAttemptScheduleTime ? Timestamp(info.nextAttemptScheduleTime) : nil,
            heartbeatDetails: try await codec.decoding([Payload](info.heartbeatDetails)),
            lastFailure: lastFailure,
            lastWorkerIdentity: info.lastWorkerIdentity
        )
    }

    func text(
        _ isPresent: Bool, _ payload: Temporal_Api_Common_V1_Payload
    ) async throws(TemporalError) -> String? {
        guard isPresent, let decoded = try await codec.decoding(Payload(payload)) else { return nil }
        return try? DataConverter.decode(String.self, from: decoded)
    }

    func nonzero(_ message: Google_Protobuf_Duration) -> Duration? {
        let duration = Duration(message)
        return duration == .zero ? nil : duration
    }
}

extension PendingActivity.State {
    fileprivate init(_ state: Temporal_Api_Enums_V1_PendingActivityState) {
        self =
            switch state {
            case .scheduled: .scheduled
            case .started: .started
            case .cancelRequested: .cancelRequested
            case .paused: .paused
            case .pauseRequested: .pauseRequested
            case .unspecified, .UNRECOGNIZED: .unknown
            }
    }
}
