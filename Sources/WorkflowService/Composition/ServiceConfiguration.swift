import AI
import Activities
import Foundation
import Temporal

/// The settings with what several of them make together: what `ServiceApplication` obeys.
struct ServiceConfiguration: Sendable {
    enum TemporalSource: Sendable {
        /// A supervised development server with its database in the data folder.
        case embedded(withUI: Bool)
        case cluster(TemporalConnection.Configuration)
    }

    let settings: Settings
    /// Database, documents, payloads, the embedded server's state, the first API key.
    var dataFolder: URL
    var temporal: TemporalSource
    /// The workflows' task queue; the activities' queues derive from it.
    var taskQueue = "workflows"
    var ai: AIConfiguration
    /// What `call: http` may reach besides the public internet.
    var allowedHTTP: [AddressPolicy.Rule]
    var reconcileInterval: Duration = .seconds(5)
    /// nil: payloads lie in Temporal's histories as they are.
    var encryptionKeys: EncryptionKeys?

    /// nil: plain HTTP.
    var certificate: ServerCertificate?

    var role: ServiceRole { settings.role }
    var namespace: String { settings.temporalNamespace }

    /// Whether a server or a database of one process's own lies in the data folder.
    var isEmbedded: Bool {
        if case .embedded = temporal { return true }
        return settings.databaseURL == nil
    }

    /// - Throws: `TemporalError`, `AIConfigurationError`, `StartupError` for settings that do not fit each other.
    init(_ settings: Settings) throws {
        self.settings = settings
        dataFolder = URL(filePath: settings.data, directoryHint: .isDirectory)
        // Temporal and the AI providers read the names that all their tools know.
        let environment = settings.environment
        if settings.temporalAddress != nil {
            temporal = .cluster(try TemporalConnection.Configuration(environment: environment))
        } else {
            temporal = .embedded(withUI: true)
        }
        ai = try AIConfiguration(environment: environment)
        ai.obey(settings)
        try ai.checkLimits()
        allowedHTTP = settings.allowedHTTP.compactMap(AddressPolicy.Rule.init)
        certificate = try ServerCertificate(settings)
        encryptionKeys = try settings.encryptionKeys.map { try EncryptionKeys(file: URL(filePath: $0)) }
    }
}
