internal import SwiftProtobuf
internal import TemporalProtocol

extension WorkflowTaskHandler {
    /// A query that came with a task of its own.
    func answerQuery(_ task: Task, _ run: WorkflowRun<Machine>) async throws {
        let result = try await answer(task.query, run)
        try await respond(
            to: task,
            .with {
                $0.completedType = result.resultType
                $0.queryResult = result.answer
                $0.errorMessage = result.errorMessage
                if result.hasFailure { $0.failure = result.failure }
            })
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
