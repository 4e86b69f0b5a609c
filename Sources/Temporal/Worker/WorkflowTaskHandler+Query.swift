internal import Logging
internal import Metrics
internal import SwiftProtobuf
internal import TemporalProtocol

extension WorkflowTaskHandler {
    /// A query that came with a task of its own. It asks for the state after the last answered task, brings no history where
    /// the server believes that this worker holds the run, and leaves a run in the cache as it was.
    func answerQuery(_ task: Task, _ run: inout WorkflowRun<Machine>?, _ logger: Logger) async throws {
        let result: Temporal_Api_Query_V1_WorkflowQueryResult
        let isWithoutHistory = task.history.events.isEmpty
        let standsAt = run?.lastEventID ?? 0
        if let held = run,
            standsAt > task.previousStartedEventID || isWithoutHistory && standsAt == task.previousStartedEventID
        {
            cacheMetrics.hit.increment()
            result = try await answer(task.query, held)
        } else {
            // Others have answered tasks since: the run is of no use any more.
            if standsAt < task.previousStartedEventID { run = nil }
            // For the answer only: the history's end may be a task that another worker is about to answer.
            var folded = run
            _ = try await advance(&folded, to: task)
            guard let folded else { return }
            result = try await answer(task.query, folded)
        }
        do {
            try await respond(
                to: task,
                .with {
                    $0.completedType = result.resultType
                    $0.queryResult = result.answer
                    $0.errorMessage = result.errorMessage
                    if result.hasFailure { $0.failure = result.failure }
                })
        } catch {
            logger.debug("nobody waits for the answer to a query", metadata: ["error": "\(error)"])
        }
        if run == nil, isWithoutHistory {
            await client.resetStickyTaskQueue(
                workflowID: task.workflowExecution.workflowID, runID: task.workflowExecution.runID)
        }
    }

    func respond(
        to task: Task, _ answer: Temporal_Api_Workflowservice_V1_RespondQueryTaskCompletedRequest
    ) async throws(TemporalError) {
        var request = answer
        request.namespace = client.namespace
        request.taskToken = task.taskToken
        let message = request
        _ = try await client.connection.call {
            try await $0.workflows.respondQueryTaskCompleted(message, metadata: $0.metadata, options: $0.options)
        }
    }

    /// The machine's answer, or its failure; what it cannot be sent with is a failure too.
    func answer(
        _ query: Temporal_Api_Query_V1_WorkflowQuery, _ run: WorkflowRun<Machine>
    ) async throws(TemporalError) -> Temporal_Api_Query_V1_WorkflowQueryResult {
        do {
            let arguments = try await client.codec.decoding([Payload](query.queryArgs))
            let call = QueryCall(name: query.queryType, arguments: arguments)
            let payload = try run.answer(call)
            let encoded = try await client.codec.encoding([payload]).message
            let size = (encoded as any Message).encodedSize
            guard size <= configuration.limits.command else {
                throw Failure.application(
                    "the answer has \(size) bytes, the server takes \(configuration.limits.command)",
                    type: SizeLimit.failureType)
            }
            return .with {
                $0.resultType = .answered
                $0.answer = encoded
            }
        } catch let failure as Failure {
            let encoded = try await client.codec.encoding(failure)
            return .with {
                $0.resultType = .failed
                $0.errorMessage = failure.message
                $0.failure = encoded.proto
            }
        } catch let error as TemporalError {
            return .with {
                $0.resultType = .failed
                $0.errorMessage = error.description
            }
        } catch {
            return .with {
                $0.resultType = .failed
                $0.errorMessage = "\(error)"
            }
        }
    }
}

extension Temporal_Api_Workflowservice_V1_RespondQueryTaskCompletedRequest {
    mutating func fail(_ failure: Failure) {
        completedType = .failed
        errorMessage = failure.message
        self.failure = failure.proto
    }
}
