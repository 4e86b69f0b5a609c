package import Foundation
internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalClient {
    /// Runs that match a visibility query, newest first; eventually consistent. An empty query matches all.
    ///
    /// A value in a query is quoted with `visibilityLiteral`.
    package func list(_ query: String = "", pageSize: Int = 200) -> WorkflowList {
        WorkflowList(client: self, query: query, pageSize: pageSize)
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
        var executions: [WorkflowExecution] = []
        executions.reserveCapacity(response.executions.count)
        for info in response.executions { executions.append(try await workflowExecution(info)) }
        return (executions, response.nextPageToken)
    }

    /// A string as a visibility query takes it.
    ///
    /// The development server (SQLite) never matches a value that holds a backslash or a double quote.
    package static func visibilityLiteral(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}

/// Fetches its pages as they are consumed.
package struct WorkflowList: AsyncSequence, Sendable {
    package typealias Element = WorkflowExecution
    package typealias Failure = TemporalError

    fileprivate let client: TemporalClient
    fileprivate let query: String
    fileprivate let pageSize: Int

    package func makeAsyncIterator() -> Iterator { Iterator(list: self) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let list: WorkflowList
        private var page: ArraySlice<WorkflowExecution> = []
        private var token: Data? = Data()

        fileprivate init(list: WorkflowList) { self.list = list }

        package mutating func next() async throws(TemporalError) -> WorkflowExecution? {
            try await next(isolation: nil)
        }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(TemporalError) -> WorkflowExecution? {
            while page.isEmpty, let token {
                let next = try await list.client.listPage(list.query, pageSize: list.pageSize, token: token)
                page = next.executions[...]
                self.token = next.nextPageToken.isEmpty ? nil : next.nextPageToken
            }
            return page.popFirst()
        }
    }
}
