internal import Foundation
internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalClient {
    /// Creates a schedule; `.alreadyExists` when the id is taken, `.invalidArgument` for times that cannot be read.
    ///
    /// - Parameter triggersNow: starts the workflow once at once, besides its times.
    package func createSchedule(
        _ id: String, _ schedule: Schedule, memo: [String: Payload] = [:], searchAttributes: SearchAttributes = [:],
        triggersNow: Bool = false, requestID: String? = nil
    ) async throws(TemporalError) {
        var message = Temporal_Api_Workflowservice_V1_CreateScheduleRequest()
        message.namespace = namespace
        message.identity = identity
        message.requestID = requestID ?? newRequestID()
        message.scheduleID = id
        message.schedule = try await scheduleMessage(schedule)
        if triggersNow {
            message.initialPatch.triggerImmediately.overlapPolicy = schedule.policies.overlap.message
        }
        let memo = try await codec.encoding(memo)
        try limits.check(memo: memo, "The memo of schedule \(id)")
        if !memo.isEmpty { message.memo.fields = memo.messages }
        if !searchAttributes.isEmpty { message.searchAttributes = try searchAttributes.message }
        let create = message
        do {
            _ = try await connection.call {
                try await $0.workflows.createSchedule(create, metadata: $0.metadata, options: $0.options)
            }
        } catch {
            // The server says it in the words of workflows, which schedules are underneath.
            guard case .alreadyStarted = error.code else { throw error }
            throw TemporalError(.alreadyExists, "There is a schedule \(id) already.", cause: error)
        }
    }

    /// `.notFound` when there is none.
    package func describeSchedule(_ id: String) async throws(TemporalError) -> ScheduleDescription {
        let message = Temporal_Api_Workflowservice_V1_DescribeScheduleRequest.with {
            $0.namespace = namespace
            $0.scheduleID = id
        }
        let response = try await connection.call {
            try await $0.workflows.describeSchedule(message, metadata: $0.metadata, options: $0.options)
        }
        let info = response.info
        return ScheduleDescription(
            id: id, schedule: try await schedule(response.schedule),
            memo: try await codec.decoding([String: Payload](response.memo.fields)),
            searchAttributes: SearchAttributes(response.searchAttributes), actionCount: Int(info.actionCount),
            missedCatchUpWindow: Int(info.missedCatchupWindow), skippedByOverlap: Int(info.overlapSkipped),
            running: info.runningWorkflows.map { .init($0) }, recentActions: info.recentActions.map { .init($0) },
            nextTimes: info.futureActionTimes.map { Timestamp($0) },
            created: info.hasCreateTime ? Timestamp(info.createTime) : nil,
            updated: info.hasUpdateTime ? Timestamp(info.updateTime) : nil,
            conflictToken: [UInt8](response.conflictToken)
        )
    }

    /// Replaces a schedule; memo and search attributes stay.
    ///
    /// - Parameter conflictToken: of the description that the change was made from, so that nobody's change in between
    ///   is lost: `.failedPrecondition` then. nil overwrites it. A server may drop an update that lost the race against
    ///   another of the same moment without telling.
    package func updateSchedule(
        _ id: String, _ schedule: Schedule, conflictToken: [UInt8]? = nil, requestID: String? = nil
    ) async throws(TemporalError) {
        // The server would drop the update and say nothing.
        if let conflictToken, try await describeSchedule(id).conflictToken != conflictToken {
            throw TemporalError(.failedPrecondition, "Schedule \(id) was changed meanwhile; read it again.")
        }
        var message = Temporal_Api_Workflowservice_V1_UpdateScheduleRequest()
        message.namespace = namespace
        message.identity = identity
        message.requestID = requestID ?? newRequestID()
        message.scheduleID = id
        message.schedule = try await scheduleMessage(schedule)
        if let conflictToken { message.conflictToken = Data(conflictToken) }
        let update = message
        _ = try await connection.call {
            try await $0.workflows.updateSchedule(update, metadata: $0.metadata, options: $0.options)
        }
    }

    package func deleteSchedule(_ id: String) async throws(TemporalError) {
        let message = Temporal_Api_Workflowservice_V1_DeleteScheduleRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.scheduleID = id
        }
        _ = try await connection.call {
            try await $0.workflows.deleteSchedule(message, metadata: $0.metadata, options: $0.options)
        }
    }

    /// Schedules that match a visibility query, all without one; eventually consistent.
    package func listSchedules(_ query: String = "", pageSize: Int = 200) -> PagedList<ScheduleSummary> {
        PagedList { token throws(TemporalError) in
            let message = Temporal_Api_Workflowservice_V1_ListSchedulesRequest.with {
                $0.namespace = namespace
                $0.query = query
                $0.maximumPageSize = Int32(clamping: pageSize)
                $0.nextPageToken = token
            }
            let response = try await connection.call {
                try await $0.workflows.listSchedules(message, metadata: $0.metadata, options: $0.options)
            }
            var summaries: [ScheduleSummary] = []
            for entry in response.schedules { summaries.append(try await summary(entry)) }
            return (summaries, response.nextPageToken)
        }
    }
}

// MARK: Conversion

extension TemporalClient {
    private func scheduleMessage(
        _ schedule: Schedule
    ) async throws(TemporalError) -> Temporal_Api_Schedule_V1_Schedule {
        var message = Temporal_Api_Schedule_V1_Schedule()
        message.spec = schedule.spec.message
        message.policies = schedule.policies.message
        message.state.notes = schedule.note
        message.state.paused = schedule.isPaused
        if let remaining = schedule.remainingActions {
            message.state.limitedActions = true
            message.state.remainingActions = Int64(remaining)
        }
        message.action.startWorkflow = try await workflowMessage(
            Temporal_Api_Workflow_V1_NewWorkflowExecutionInfo.self, for: schedule.action)
        return message
    }

    private func schedule(_ message: Temporal_Api_Schedule_V1_Schedule) async throws(TemporalError) -> Schedule {
        var schedule = Schedule(
            ScheduleSpec(message.spec), action: try await startRequest(message.action.startWorkflow))
        schedule.policies = .init(message.policies)
        schedule.note = message.state.notes
        schedule.isPaused = message.state.paused
        schedule.remainingActions = message.state.limitedActions ? Int(message.state.remainingActions) : nil
        return schedule
    }

    private func startRequest(
        _ message: Temporal_Api_Workflow_V1_NewWorkflowExecutionInfo
    ) async throws(TemporalError) -> StartWorkflowRequest {
        var request = StartWorkflowRequest(
            workflowID: message.workflowID, workflowType: message.workflowType.name, taskQueue: message.taskQueue.name,
            input: try await codec.decoding([Payload](message.input)), requestID: ""
        )
        request.reusePolicy = .init(message.workflowIDReusePolicy)
        request.memo = try await codec.decoding([String: Payload](message.memo.fields))
        request.searchAttributes = SearchAttributes(message.searchAttributes)
        request.headers = [String: Payload](message.header.fields)
        request.priority = message.hasPriority ? Priority(message.priority) : nil
        request.executionTimeout = nonzero(message.workflowExecutionTimeout)
        request.runTimeout = nonzero(message.workflowRunTimeout)
        request.taskTimeout = nonzero(message.workflowTaskTimeout)
        request.retry = message.hasRetryPolicy ? RetryPolicy(message.retryPolicy) : nil
        request.summary = try await text(message.userMetadata.hasSummary, message.userMetadata.summary)
        request.details = try await text(message.userMetadata.hasDetails, message.userMetadata.details)
        return request
    }

    private func summary(
        _ entry: Temporal_Api_Schedule_V1_ScheduleListEntry
    ) async throws(TemporalError) -> ScheduleSummary {
        ScheduleSummary(
            id: entry.scheduleID, workflowType: entry.info.workflowType.name, spec: ScheduleSpec(entry.info.spec),
            note: entry.info.notes, isPaused: entry.info.paused,
            memo: try await codec.decoding([String: Payload](entry.memo.fields)),
            searchAttributes: SearchAttributes(entry.searchAttributes),
            recentActions: entry.info.recentActions.map { .init($0) },
            nextTimes: entry.info.futureActionTimes.map { Timestamp($0) }
        )
    }
}
