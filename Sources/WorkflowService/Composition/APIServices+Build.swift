import Executions
import HTTPAPI
import Storage

extension APIServices {
    init(
        _ configuration: ServiceConfiguration, stores: Stores, temporal: TemporalSide, executions: ExecutionService,
        temporalUI: String?
    ) throws {
        self.init(
            keys: stores.keys, audit: AuditLog(stores.database), templates: stores.templates, executions: executions,
            documents: stores.documents,
            health: apiHealthChecks(stores, temporal, taskQueue: configuration.taskQueue), temporalUI: temporalUI,
            codec: CodecService(codec: temporal.codec, namespace: configuration.namespace),
            operatorKey: OperatorKey(try stores.folder.operatorKey()),
            corsOrigins: Set(configuration.settings.corsOrigins),
            codecOrigins: Set(configuration.settings.codecOrigins).union(temporal.uiAddress.map(Self.uiOrigins) ?? [])
        )
    }

    /// People open the UI under either name of this machine.
    private static func uiOrigins(_ address: String) -> Set<String> {
        [address, address.replacing("//127.0.0.1:", with: "//localhost:")]
    }
}
