internal import SwiftProtobuf
internal import TemporalProtocol

/// How many runs match a query, and how many in each group of its `GROUP BY`.
package struct WorkflowCount: Sendable {
    package struct Group: Sendable {
        /// The grouped attributes' values, in the query's order.
        package var values: [SearchAttributes.Value]
        package var count: Int
    }

    package var count: Int
    package var groups: [Group]
}

extension TemporalClient {
    /// Counts runs, for example `GROUP BY ExecutionStatus`; eventually consistent.
    package func count(_ query: String = "") async throws(TemporalError) -> WorkflowCount {
        let message = Temporal_Api_Workflowservice_V1_CountWorkflowExecutionsRequest.with {
            $0.namespace = namespace
            $0.query = query
        }
        let response = try await connection.call {
            try await $0.workflows.countWorkflowExecutions(message, metadata: $0.metadata, options: $0.options)
        }
        return WorkflowCount(
            count: Int(response.count),
            groups: response.groups.map { group in
                let values = group.groupValues.compactMap { SearchAttributes.Value(Payload($0)) }
                return .init(values: values, count: Int(group.count))
            }
        )
    }
}
