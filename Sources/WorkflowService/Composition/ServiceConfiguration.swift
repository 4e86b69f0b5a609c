import AI
import Activities
import Foundation
import Temporal

/// Everything that decides how a service runs; commands and tests build one, `Application` obeys it.
struct ServiceConfiguration: Sendable {
    enum TemporalSource: Sendable {
        /// A supervised development server with its database in the data folder.
        case embedded(withUI: Bool)
        case cluster(TemporalConnection.Configuration)
    }

    var role = ServiceRole.all
    /// Where a process without the API answers health and metrics; nil: nowhere.
    var monitoringPort: Int?
    /// Loopback unless told otherwise; 0 takes any free port.
    var host = "127.0.0.1"
    var port = 8080
    /// Database, documents, payloads, the embedded server's state, the first API key.
    var dataFolder: URL
    var temporal: TemporalSource
    var namespace: String
    /// The workflows' task queue; the activities' queues derive from it.
    var taskQueue = "workflows"
    var ai: AIConfiguration
    /// What `call: http` may reach besides the public internet.
    var allowedHTTP: [AddressPolicy.Rule] = []
    var reconcileInterval: Duration = .seconds(5)
    /// nil: payloads lie in Temporal's histories as they are.
    var encryptionKeys: EncryptionKeys?
    /// Origins of web pages that may use the codec, besides the embedded server's UI.
    var codecOrigins: Set<String> = []

    /// Whether a server or a database of one process's own lies in the data folder. Until there is another database, always.
    var isEmbedded: Bool { true }

    static let defaultNamespace = "workflow-service"

    /// The embedded defaults, changed by Temporal's own environment names and the providers' keys.
    ///
    /// - Throws: `TemporalError`, `AIError` for a setting that cannot be used.
    init(dataFolder: URL, environment: [String: String]) throws {
        self.dataFolder = dataFolder
        if environment["TEMPORAL_ADDRESS"]?.isEmpty == false {
            let connection = try TemporalConnection.Configuration(environment: environment)
            temporal = .cluster(connection)
            namespace = connection.namespace
        } else {
            temporal = .embedded(withUI: true)
            namespace = environment["TEMPORAL_NAMESPACE"].flatMap { $0.isEmpty ? nil : $0 } ?? Self.defaultNamespace
        }
        ai = try AIConfiguration(environment: environment)
        if let path = environment["WORKFLOW_ENCRYPTION_KEYS_FILE"], !path.isEmpty {
            encryptionKeys = try EncryptionKeys(file: URL(filePath: path))
        }
        codecOrigins = try Self.origins(environment["WORKFLOW_CODEC_ORIGINS"] ?? "")
    }

    private static func origins(_ text: String) throws(StartupError) -> Set<String> {
        var origins: Set<String> = []
        for text in text.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) }) where !text.isEmpty {
            guard let url = URL(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme),
                url.host?.isEmpty == false, url.path.isEmpty, url.query == nil
            else {
                throw StartupError(
                    "WORKFLOW_CODEC_ORIGINS: \(text) is no origin; an origin has no path: https://temporal.example.com")
            }
            origins.insert(text)
        }
        return origins
    }
}
