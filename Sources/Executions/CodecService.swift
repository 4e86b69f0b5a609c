package import Foundation
import Storage
package import Temporal

/// Makes the payloads of this service's namespace readable to Temporal's own UI and command line, and theirs to us:
/// decrypts them and fetches large ones from the store, or does the reverse.
///
/// A payload does not tell whose it is, so this is for operators; no tenant's key may lead here.
package struct CodecService: Sendable {
    private let endpoint: CodecEndpoint
    private let namespace: String

    package init(codec: any PayloadCodec, namespace: String) {
        endpoint = CodecEndpoint(codec)
        self.namespace = namespace
    }

    /// - Parameters:
    ///   - json: of `temporal.api.common.v1.Payloads`.
    ///   - namespace: the one that the asking tool works in; nil when it does not tell.
    package func encode(_ json: Data, namespace: String?) async throws(ExecutionError) -> Data {
        try await answer(namespace) { () throws(TemporalError) in try await endpoint.encode(json: json) }
    }

    package func decode(_ json: Data, namespace: String?) async throws(ExecutionError) -> Data {
        try await answer(namespace) { () throws(TemporalError) in try await endpoint.decode(json: json) }
    }

    private func answer(
        _ asked: String?, _ transform: () async throws(TemporalError) -> Data
    ) async throws(ExecutionError) -> Data {
        if let asked, asked != namespace {
            throw ExecutionError(
                .invalidInput, "Another namespace",
                "This service encodes the payloads of the namespace \(namespace), not \(asked.prefix(255).debugDescription)."
            )
        }
        do {
            return try await transform()
        } catch {
            let code = error.code == .invalidArgument ? ExecutionError.Code.invalidInput : .unreadablePayload
            let reason = (error.cause as? StorageError).map { " \($0.message)" } ?? ""
            throw ExecutionError(code, "Payloads not readable", error.message + reason)
        }
    }
}
