internal import TemporalProtocol

package struct SystemInfo: Sendable {
    package var serverVersion: String
}

extension TemporalClient {
    /// Whether the server is there, and which.
    package func systemInfo() async throws(TemporalError) -> SystemInfo {
        let response = try await connection.call {
            try await $0.workflows.getSystemInfo(.init(), metadata: $0.metadata, options: $0.options)
        }
        return SystemInfo(serverVersion: response.serverVersion)
    }
}
