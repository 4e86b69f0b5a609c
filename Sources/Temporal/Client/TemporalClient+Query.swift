internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalClient {
    /// When the server must not ask.
    package enum QueryRejection: Sendable { case never, closed, notCompleted }

    /// Asks a workflow's state; a worker must be there to answer, also for a closed one.
    ///
    /// `.queryFailed` when the workflow refuses, `.queryRejected` when `rejecting` excludes its status,
    /// `.deadlineExceeded` when no worker answers within `timeout`.
    package func query(
        workflowID: String, runID: String = "", name: String, arguments: [Payload] = [],
        rejecting: QueryRejection = .never, timeout: Duration = .seconds(10)
    ) async throws(TemporalError) -> [Payload] {
        let payloads = try await codec.encoding(arguments)
        try limits.check(payloads, "The input of query \(name)")
        let message = Temporal_Api_Workflowservice_V1_QueryWorkflowRequest.with {
            $0.namespace = namespace
            $0.execution = execution(workflowID, runID)
            $0.query.queryType = name
            if !payloads.isEmpty { $0.query.queryArgs = payloads.message }
            $0.queryRejectCondition = rejecting.message
        }
        let response: Temporal_Api_Workflowservice_V1_QueryWorkflowResponse
        do {
            response = try await connection.call(CallPolicy(attempt: timeout, total: timeout)) {
                try await $0.workflows.queryWorkflow(message, metadata: $0.metadata, options: $0.options)
            }
        } catch {
            guard case .queryFailed(let failure) = error.code else { throw error }
            let decoded = try await codec.decoding(failure)
            throw TemporalError(.queryFailed(decoded), error.message, cause: error.cause)
        }
        if response.hasQueryRejected {
            let status = WorkflowStatus(response.queryRejected.status)
            throw TemporalError(.queryRejected(status), "The workflow is not asked: its status is \(status.rawValue).")
        }
        return try await codec.decoding([Payload](response.queryResult))
    }
}

extension TemporalClient.QueryRejection {
    fileprivate var message: Temporal_Api_Enums_V1_QueryRejectCondition {
        switch self {
        case .never: .none
        case .closed: .notOpen
        case .notCompleted: .notCompletedCleanly
        }
    }
}
