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
    }
}
