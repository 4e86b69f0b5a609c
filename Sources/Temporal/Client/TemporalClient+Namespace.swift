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
    package var capabilities: Set<Capability>
    /// Bytes of one value (an input, a result) and of a memo; nil where the server does not tell.
    package var valueLimit: Int?
    package var memoLimit: Int?

    /// What this namespace's server can, of what a client or worker asks about.
    package enum Capability: String, Sendable, CaseIterable {
        case updates, asynchronousUpdates, workerHeartbeats, pollsCompleteOnShutdown, workflowPause
    }
}

extension TemporalClient {
    /// Registers a namespace; `.alreadyExists` when it is there. The server takes some seconds until it knows it
    /// everywhere: `waitForNamespace`.
    ///
    /// - Parameter retention: how long closed runs are kept; a month by default, since the server's own day is soon over.
    package func registerNamespace(
        _ name: String, retention: Duration = .seconds(30 * 86_400), description: String = ""
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
        return NamespaceDescription(response)
    }

    /// Changes how long closed runs are kept; the rest stays.
    package func updateNamespace(_ name: String, retention: Duration) async throws(TemporalError) {
        let message = Temporal_Api_Workflowservice_V1_UpdateNamespaceRequest.with {
            $0.namespace = name
            $0.config.workflowExecutionRetentionTtl = retention.message
        }
        _ = try await connection.call {
            try await $0.workflows.updateNamespace(message, metadata: $0.metadata, options: $0.options)
        }
    }

    /// All namespaces but the deleted ones.
    package func listNamespaces(pageSize: Int = 100) -> PagedList<NamespaceDescription> {
        PagedList { token throws(TemporalError) in
            let message = Temporal_Api_Workflowservice_V1_ListNamespacesRequest.with {
                $0.pageSize = Int32(clamping: pageSize)
                $0.nextPageToken = token
            }
            let response = try await connection.call {
                try await $0.workflows.listNamespaces(message, metadata: $0.metadata, options: $0.options)
            }
            return (response.namespaces.map { NamespaceDescription($0) }, response.nextPageToken)
        }
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

extension NamespaceDescription {
    fileprivate init(_ response: Temporal_Api_Workflowservice_V1_DescribeNamespaceResponse) {
        let info = response.namespaceInfo
        self.init(
            name: info.name, id: info.id, state: .init(info.state), description: info.description_p,
            retention: Duration(response.config.workflowExecutionRetentionTtl),
            capabilities: Set(Capability.allCases.filter { $0.isGiven(by: info.capabilities) }),
            valueLimit: info.limits.blobSizeLimitError > 0 ? Int(info.limits.blobSizeLimitError) : nil,
            memoLimit: info.limits.memoSizeLimitError > 0 ? Int(info.limits.memoSizeLimitError) : nil
        )
    }
}

extension NamespaceDescription.Capability {
    fileprivate func isGiven(by capabilities: Temporal_Api_Namespace_V1_NamespaceInfo.Capabilities) -> Bool {
        switch self {
        case .updates: capabilities.syncUpdate
        case .asynchronousUpdates: capabilities.asyncUpdate
        case .workerHeartbeats: capabilities.workerHeartbeats
        case .pollsCompleteOnShutdown: capabilities.workerPollCompleteOnShutdown
        case .workflowPause: capabilities.workflowPause
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
