package import Foundation
internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalClient {
    /// Runs that match a visibility query, newest first; eventually consistent. An empty query matches all.
    ///
    /// A value in a query is quoted with `visibilityLiteral`.
    package func list(_ query: String = "", pageSize: Int = 200) -> PagedList<WorkflowExecution> {
        PagedList { token throws(TemporalError) in
            let page = try await listPage(query, pageSize: pageSize, token: token)
            return (page.executions, page.nextPageToken)
        }
    }

    /// One page; an empty token asks for the first, and is returned after the last.
    package func listPage(
        _ query: String, pageSize: Int, token: Data = Data()
    ) async throws(TemporalError) -> (executions: [WorkflowExecution], nextPageToken: Data) {
        let message = Temporal_Api_Workflowservice_V1_ListWorkflowExecutionsRequest.with {
            $0.namespace = namespace
            $0.query = query
            $0.pageSize = Int32(clamping: pageSize)
            $0.nextPageToken = token
        }
        let response = try await connection.call {
            try await $0.workflows.listWorkflowExecutions(message, metadata: $0.metadata, options: $0.options)
        }
        return (response.executions.map(workflowExecution), response.nextPageToken)
    }

    /// A string as a visibility query takes it.
    ///
    /// The development server (SQLite) never matches a value that holds a backslash or a double quote.
    package static func visibilityLiteral(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
