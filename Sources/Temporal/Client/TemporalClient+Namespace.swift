internal import SwiftProtobuf
internal import TemporalProtocol

package struct NamespaceDescription: Sendable {
    package enum State: Sendable { case registered, deprecated, deleted, unknown }

    package var name: String
    package var id: String
    package var state: State
    package var description: String
    /// How long closed runs are kept.
    package var retention: Duration
}

extension TemporalClient {
    /// Registers a namespace; `.alreadyExists` when it is there. The server takes some seconds until it knows it
    /// everywhere: `waitForNamespace`.
    package func registerNamespace(
        _ name: String, retention: Duration, description: String = ""
    ) async throws(TemporalError) {
        let message = Temporal_Api_Workflowservice_V1_RegisterNamespaceRequest.with {
            $0.namespace = name
            $0.description_p = description
            $0.workflowExecutionRetentionPeriod = retention.message
        }
        _ = try await connection.call {
            try await $0.workflows.registerNamespace(message, metadata: $0.metadata, options: $0.options)
        }
    }

    package func describeNamespace(_ name: String) async throws(TemporalError) -> NamespaceDescription {
        let message = Temporal_Api_Workflowservice_V1_DescribeNamespaceRequest.with { $0.namespace = name }
        let response = try await connection.call {
            try await $0.workflows.describeNamespace(message, metadata: $0.metadata, options: $0.options)
        }
        let info = response.namespaceInfo
        return NamespaceDescription(
            name: info.name, id: info.id, state: .init(info.state), description: info.description_p,
            retention: Duration(response.config.workflowExecutionRetentionTtl)
        )
    }

    /// Waits until the server's parts know this client's namespace: each has a cache of its own, and only asking all of
    /// them tells.
    package func waitForNamespace(timeout: Duration = .seconds(60)) async throws(TemporalError) {
        let end = ContinuousClock.now + timeout
        while true {
            do throws(TemporalError) {
                _ = try await describeTaskQueue("namespace-probe", kind: .workflow)
                do {
                    _ = try await describe(workflowID: "namespace-probe")
                } catch {
                    guard error.code == .notFound else { throw error }
                }
                return
            } catch {
                guard error.code == .namespaceNotFound, ContinuousClock.now < end else { throw error }
            }
            try await pause(for: .milliseconds(200))
        }
    }
}

extension NamespaceDescription.State {
    fileprivate init(_ state: Temporal_Api_Enums_V1_NamespaceState) {
        self =
            switch state {
            case .registered: .registered
            case .deprecated: .deprecated
            case .deleted: .deleted
            case .unspecified, .UNRECOGNIZED: .unknown
            }
    }
}
