import AI
import Activities
import DevelopmentServer
import Foundation
import HTTPAPI
import Storage
import StoragePostgres
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
    /// nil: with the keys in the data folder.
    var secretBox: SecretBox?
    /// nil: tokens are no credentials here.
    var tokens: TokenConfiguration?

    /// nil: plain HTTP.
    var certificate: ServerCertificate?

    var role: ServiceRole { settings.role }
    var namespace: String { settings.temporalNamespace }

    /// Whether a server or a database of one process's own lies in the data folder.
    var isEmbedded: Bool {
        if case .embedded = temporal { return true }
        return settings.databaseURL == nil
    }

    /// Checks everything that can be checked without connecting to anything: what `workflow-service config` accepts, `serve`
    /// does too.
    ///
    /// - Throws: `SettingsError` with everything that does not fit, or names a file that cannot be used.
    init(_ settings: Settings) throws(SettingsError) {
        var problems: [String] = []
        func checked<Value>(_ make: () throws -> Value?) -> Value? {
            do {
                return try make()
            } catch let error as SettingsError {
                problems += error.problems
            } catch let error as TemporalError {
                problems.append(error.message + (error.cause.map { " (\($0))" } ?? ""))
            } catch {
                problems.append("\(error)")
            }
            return nil
        }
        self.settings = settings
        dataFolder = URL(filePath: settings.data, directoryHint: .isDirectory)
        // Temporal and the AI providers read the names that all their tools know.
        let environment = settings.environment
        if settings.temporalAddress != nil {
            let cluster = checked { () throws -> TemporalSource? in
                let cluster = try TemporalConnection.Configuration(environment: environment)
                // Opens nothing, and finds files that cannot be used.
                _ = try TemporalConnection(cluster)
                return TemporalSource.cluster(cluster)
            }
            temporal = cluster ?? .embedded(withUI: true)
        } else {
            temporal = .embedded(withUI: true)
            if settings.temporalCLI != nil {
                _ = checked { try TemporalExecutable.find(environment: settings.temporalTool) }
            }
        }
        let ai = checked { () throws -> AIConfiguration in
            var ai = try AIConfiguration(environment: environment)
            ai.obey(settings)
            try ai.checkLimits()
            return ai
        }
        allowedHTTP = settings.allowedHTTP.compactMap(AddressPolicy.Rule.init)
        certificate = checked { try ServerCertificate(settings) }
        encryptionKeys = checked { try settings.encryptionKeys.map { try EncryptionKeys(file: URL(filePath: $0)) } }
        secretBox = checked { try settings.secretKeys.map { try SecretBox(file: URL(filePath: $0)) } }
        tokens = checked { try TokenConfiguration(settings) }
        _ = checked { try PostgresConfiguration(settings) }
        if settings.role != .all, settings.temporalAddress == nil || settings.databaseURL == nil {
            problems.append(
                "A process of the role \(settings.role) shares its state with others: it needs TEMPORAL_ADDRESS and DATABASE_URL."
            )
        }
        if settings.role.servesAPI, settings.monitoringPort != nil {
            problems.append(
                "server.monitoring_port is for a process without the API: the API answers health and metrics on its own port."
            )
        }
        guard problems.isEmpty, let ai else { throw SettingsError(problems: problems) }
        self.ai = ai
    }
}
