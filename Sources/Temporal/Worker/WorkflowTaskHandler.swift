internal import Foundation
internal import Logging
internal import Metrics
internal import ServiceLifecycle
internal import SwiftProtobuf
internal import TemporalProtocol

/// Answers workflow tasks: the shell around `WorkflowRun`.
struct WorkflowTaskHandler<Machine: WorkflowMachine>: Sendable {
    typealias Task = Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueResponse

    let client: TemporalClient
    let configuration: WorkflowWorkerConfiguration
    /// nil: no run is kept.
    let sticky: StickyQueue?
    let cache: WorkflowCache<Machine>
    let cacheMetrics: StickyCacheMetrics
    let metrics: WorkflowMetricsByType
    let logger: Logger
    let onClosed: @Sendable (ClosedWorkflow<Machine>) async -> Void

    /// Folds what the task brings, sends the answer, and keeps the run for its next task once the server has accepted.
    /// What cannot be answered is left to the server's retry.
    func handle(_ task: Task) async {
        var logger = logger
        logger[metadataKey: "workflow-id"] = "\(task.workflowExecution.workflowID)"
        logger[metadataKey: "run-id"] = "\(task.workflowExecution.runID)"
        let begin = ContinuousClock.now
        let metrics = metrics[task.workflowType.name]
        if task.hasScheduledTime, task.hasStartedTime {
            metrics.scheduleToStart.record(duration: Timestamp(task.startedTime) - Timestamp(task.scheduledTime))
        }
        defer { metrics.execution.record(duration: ContinuousClock.now - begin) }
        do {
            let closed = try await cache.withRun(task.workflowExecution.runID) { run -> ClosedWorkflow<Machine>? in
                if task.hasQuery {
                    try await answerQuery(task, &run, logger)
                    return nil
                }
                for note in try await advance(&run, to: task) { logger.info("\(note)") }
                return try await complete(task, &run, logger)
            }
            if let closed { await tell(closed) }
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

    /// Sends what the run commands. Leaves the run where its next task can go on, nil where it cannot; a throw means that
    /// nobody knows what the server has.
    private func complete(
        _ task: Task, _ run: inout WorkflowRun<Machine>?, _ logger: Logger
    ) async throws -> ClosedWorkflow<Machine>? {
        guard let answer = run else { return nil }
        let owner = task.workflowExecution.workflowID
        let batch = try await PayloadOwner.with(owner) { () async throws(TemporalError) -> CommandBatch in
            try await CommandBatch(answer, codec: client.codec, limits: configuration.limits)
        }
        var request = Temporal_Api_Workflowservice_V1_RespondWorkflowTaskCompletedRequest.with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.resourceID = task.workflowExecution.workflowID
            $0.taskToken = task.taskToken
            $0.commands = batch.commands
            $0.messages = batch.messages
            $0.workerVersionStamp.buildID = configuration.buildID
            $0.sdkMetadata = SDKMetadata.message(after: answer.recordedSDK)
            // A worker that goes asks for no more.
            if let sticky, !_Concurrency.Task.isShuttingDownGracefully { $0.stickyAttributes = sticky.attributes }
        }
        for (id, query) in task.queries { request.queryResults[id] = try await self.answer(query, answer) }
        if let failure = batch.replacedBy {
            logger.error("the workflow is failed: its commands are too large", metadata: ["error": "\(failure)"])
        }
        let isKept = request.hasStickyAttributes
        let completion = request
        let response = try await client.connection.call {
            try await $0.workflows.respondWorkflowTaskCompleted(completion, metadata: $0.metadata, options: $0.options)
        }
        if let outcome = batch.outcome, let machine = answer.machine {
            run = nil
            if let began = answer.startedAt, task.hasStartedTime {
                metrics[answer.workflowType].endToEnd.record(duration: Timestamp(task.startedTime) - began)
            }
            return ClosedWorkflow(
                workflowID: answer.workflowID, runID: answer.runID, workflowType: answer.workflowType, outcome: outcome,
                machine: machine)
        }
        if isKept, response.resetHistoryEventID == 0 {
            run?.forgetWhatWasSent()
        } else {
            // With an event id: the task, which was only for an update that is rejected, is not in the history.
            run = nil
        }
        return nil
    }

    private func tell(_ closed: ClosedWorkflow<Machine>) async {
        var closed = closed
        metrics[closed.workflowType].count(closed.outcome)
        if case .continuedAsNew = closed.outcome {
            // The server names the next run in the event, not in its answer.
            let outcome = try? await client.result(
                workflowID: closed.workflowID, runID: closed.runID, followRuns: false)
            guard let outcome else { return }
            closed.outcome = outcome
        }
        await onClosed(closed)
    }

    /// The words of a fault may tell what payloads hold, so they pass the codec as well; where that is what fails, they
    /// stay in the log.
    private func encoded(_ failure: Failure) async -> Failure {
        do {
            return try await client.codec.encoding(failure)
        } catch {
            return .application("the worker's log tells why", type: "PayloadCodec")
        }
    }

    /// Reports a fault on the first attempt only: the history holds one such event, and the server retries ever more slowly.
    /// What another worker can do is given back each time, after a pause.
    private func refuse(_ task: Task, _ fault: ReplayFault, _ logger: Logger) async {
        metrics[task.workflowType.name].count(fault)
        logger.error("a workflow task failed", metadata: ["attempt": "\(task.attempt)", "error": "\(fault)"])
        if task.hasQuery {
            let failure = await encoded(
                .application("the run cannot be replayed: \(fault)", type: "ReplayFault"))
            try? await respond(to: task, .with { $0.fail(failure) })
            return
        }
        let isForOthers = if case .machine(let fault) = fault { fault.kind == .leaveToOthers } else { false }
        guard task.attempt <= 1 || isForOthers else { return }
        if isForOthers { try? await _Concurrency.Task.sleep(for: .milliseconds(Int.random(in: 500...1_500))) }
        let isNonDeterminism = if case .nonDeterminism = fault { true } else { false }
        let failure = await encoded(.application(fault.description, type: fault.failureType))
        let request = Temporal_Api_Workflowservice_V1_RespondWorkflowTaskFailedRequest.with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.resourceID = task.workflowExecution.workflowID
            $0.taskToken = task.taskToken
            $0.cause = isNonDeterminism ? .nonDeterministicError : .workflowWorkerUnhandledFailure
            $0.failure = failure.proto
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

extension WorkflowMetrics {
    fileprivate func count(_ outcome: WorkflowOutcome) {
        switch outcome {
        case .completed: completed.increment()
        case .failed: failed.increment()
        case .cancelled: canceled.increment()
        case .continuedAsNew: continuedAsNew.increment()
        default: break
        }
    }

    fileprivate func count(_ fault: ReplayFault) {
        if case .nonDeterminism = fault { taskNonDeterministic.increment() } else { taskFailed.increment() }
    }
}
