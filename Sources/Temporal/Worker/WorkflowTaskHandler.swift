internal import Foundation
internal import Logging
internal import SwiftProtobuf
internal import TemporalProtocol

/// Answers one workflow task: the shell around `WorkflowRun`.
struct WorkflowTaskHandler<Machine: WorkflowMachine>: Sendable {
    typealias Task = Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueResponse

    let client: TemporalClient
    let configuration: WorkflowWorkerConfiguration
    let logger: Logger
    let onClosed: @Sendable (ClosedWorkflow<Machine>) async -> Void

    /// Reads the history, folds it, sends the answer. What cannot be answered is left to the server's retry.
    func handle(_ task: Task) async {
        var logger = logger
        logger[metadataKey: "workflow-id"] = "\(task.workflowExecution.workflowID)"
        logger[metadataKey: "run-id"] = "\(task.workflowExecution.runID)"
        do {
            var run = WorkflowRun<Machine>(
                namespace: client.namespace, workflowID: task.workflowExecution.workflowID,
                runID: task.workflowExecution.runID
            )
            do {
                for turn in try LogicalTask.split(try await wholeHistory(task)) {
                    for note in try run.apply(turn) { logger.info("\(note)") }
                }
            } catch let fault as HistoryFault {
                throw ReplayFault.history(fault)
            }
            if task.hasQuery {
                try await answerQuery(task, run)
            } else {
                try await complete(task, run, logger)
            }
        } catch let fault as ReplayFault {
            await refuse(task, fault, logger)
        } catch let error as TemporalError where error.code == .payload {
            await refuse(task, .machine(MachineFault(error.description)), logger)
        } catch let error as TemporalError where error.code == .notFound {
            // Timed out, answered by another, or the run is closed.
            logger.debug("the workflow task is gone", metadata: ["error": "\(error)"])
        } catch {
            // Among them a closing command that a new signal overtook: the server sends a new task.
            logger.info("the answer to a workflow task was not accepted", metadata: ["error": "\(error)"])
        }
    }

    /// All events up to the task's own, from event 1, with decoded payloads.
    private func wholeHistory(_ task: Task) async throws -> [HistoryEvent] {
        var messages = task.history.events
        var token = task.nextPageToken
        while !token.isEmpty {
            let page = try await client.historyPage(
                workflowID: task.workflowExecution.workflowID, runID: task.workflowExecution.runID, token: token)
            messages += page.events
            token = page.nextPageToken
        }
        if let first = messages.first?.eventID, first != 1 {
            let older = try await client.recordedEvents(
                workflowID: task.workflowExecution.workflowID, runID: task.workflowExecution.runID)
            messages = older.filter { $0.eventID < first } + messages
        }
        if !task.hasQuery, task.startedEventID > 0 {
            messages = Array(messages.prefix { $0.eventID <= task.startedEventID })
        }
        var events = try HistoryEvent.events(messages)
        try await events.decode(with: client.codec)
        return events
    }

    private func complete(_ task: Task, _ run: WorkflowRun<Machine>, _ logger: Logger) async throws {
        let commands = try await CommandBatch(run, codec: client.codec, limits: configuration.limits)
        var request = Temporal_Api_Workflowservice_V1_RespondWorkflowTaskCompletedRequest.with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.resourceID = task.workflowExecution.workflowID
            $0.taskToken = task.taskToken
            $0.commands = commands.messages
            $0.messages = UpdateRejection.answers(to: task.messages)
            $0.workerVersionStamp.buildID = configuration.buildID
            $0.sdkMetadata = SDKMetadata.message(after: run.recordedSDK)
        }
        for (id, query) in task.queries { request.queryResults[id] = try await answer(query, run) }
        if let failure = commands.replacedBy {
            logger.error("the workflow is failed: its commands are too large", metadata: ["error": "\(failure)"])
        }
        _ = try await client.connection.call {
            try await $0.workflows.respondWorkflowTaskCompleted(request, metadata: $0.metadata, options: $0.options)
        }
        guard var outcome = commands.outcome, let machine = run.machine else { return }
        if case .continuedAsNew = outcome {
            // The server names the next run in the event, not in its answer.
            outcome = try await client.result(workflowID: run.workflowID, runID: run.runID, followRuns: false)
        }
        await onClosed(
            ClosedWorkflow(
                workflowID: run.workflowID, runID: run.runID, workflowType: run.workflowType, outcome: outcome,
                machine: machine))
    }

    /// Reports a fault on the first attempt only: the history holds one such event, and the server retries ever more slowly.
    /// What another worker can do is given back each time, after a pause.
    private func refuse(_ task: Task, _ fault: ReplayFault, _ logger: Logger) async {
        logger.error("a workflow task failed", metadata: ["attempt": "\(task.attempt)", "error": "\(fault)"])
        if task.hasQuery {
            let failure = Failure.application("the run cannot be replayed: \(fault)", type: "ReplayFault")
            try? await respond(to: task, .with { $0.fail(failure) })
            return
        }
        let isForOthers = if case .machine(let fault) = fault { fault.kind == .leaveToOthers } else { false }
        guard task.attempt <= 1 || isForOthers else { return }
        if isForOthers { try? await _Concurrency.Task.sleep(for: .milliseconds(Int.random(in: 500...1_500))) }
        let isNonDeterminism = if case .nonDeterminism = fault { true } else { false }
        let request = Temporal_Api_Workflowservice_V1_RespondWorkflowTaskFailedRequest.with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.resourceID = task.workflowExecution.workflowID
            $0.taskToken = task.taskToken
            $0.cause = isNonDeterminism ? .nonDeterministicError : .workflowWorkerUnhandledFailure
            $0.failure = Failure.application(fault.description, type: fault.failureType).proto
        }
        do {
            _ = try await client.connection.call {
                try await $0.workflows.respondWorkflowTaskFailed(request, metadata: $0.metadata, options: $0.options)
            }
        } catch {
            logger.info("the failure of a workflow task was not accepted", metadata: ["error": "\(error)"])
        }
    }
}

extension ReplayFault {
    fileprivate var failureType: String {
        switch self {
        case .nonDeterminism: "NonDeterminism"
        case .machine: "WorkflowMachineFault"
        case .history: "HistoryFault"
        }
    }
}
