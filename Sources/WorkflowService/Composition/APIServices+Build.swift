import AI
import Activities
import Executions
import Foundation
import HTTPAPI
import JSON
import Logging
import Storage

extension APIServices {
    init(
        _ configuration: ServiceConfiguration, stores: Stores, temporal: TemporalSide, executions: ExecutionService,
        updates: LiveUpdates, ai: AIService, temporalUI: String?, access: AccessServices, hooks: Hooks,
        monitoring: Monitoring
    ) throws {
        self.init(
            access: access, templates: stores.templates, executions: executions, updates: updates,
            documents: stores.documents, schedules: hooks.schedules, webhooks: hooks.webhooks,
            ai: AIServices(ai, database: stores.database, activities: Self.aiActivities), monitoring: monitoring,
            temporalUI: temporalUI,
            codec: CodecService(codec: temporal.codec, namespace: configuration.namespace),
            corsOrigins: Set(configuration.settings.corsOrigins),
            codecOrigins: Set(configuration.settings.codecOrigins).union(temporal.uiAddress.map(Self.uiOrigins) ?? [])
        )
    }

    /// As capabilities show them.
    private static var aiActivities: [JSONValue] {
        StandardCatalog.profiles.filter { $0.pool == .ai }.map { profile -> JSONValue in
            [
                "name": .string(profile.name), "version": .string(profile.version),
                "summary": .string(profile.summary), "input_schema": profile.inputSchema,
            ]
        }
    }

    /// What of the settings decides about access.
    static func access(_ settings: Settings, stores: Stores, logger: Logger) throws -> AccessServices {
        AccessServices(
            database: stores.database, documents: stores.documents, histories: stores.histories,
            secretBox: stores.secretBox,
            operatorKey: OperatorKey(try stores.folder.operatorKey()),
            tokens: try TokenConfiguration(settings).map { TokenVerifier($0, logger: logger) },
            failureQuota: settings.failedAuthentications, logger: logger)
    }

    /// People open the UI under either name of this machine.
    private static func uiOrigins(_ address: String) -> Set<String> {
        [address, address.replacing("//127.0.0.1:", with: "//localhost:")]
    }
}

extension TokenConfiguration {
    /// nil where no issuer is set.
    fileprivate init?(_ settings: Settings) throws(StartupError) {
        guard let issuer = settings.tokenIssuer else { return nil }
        guard let audience = settings.tokenAudience, let keys = settings.tokenKeys else {
            throw StartupError("Tokens need tokens.audience and tokens.keys beside tokens.issuer.")
        }
        self.init(issuer: issuer, audience: audience, keys: try Self.source(keys))
        tenantClaim = settings.tokenTenantClaim
        rolesClaim = settings.tokenRolesClaim
    }

    private static func source(_ text: String) throws(StartupError) -> KeySource {
        guard text.contains("://") else { return .file(URL(filePath: text)) }
        let url = URL(string: text)
        let isLocal = ["127.0.0.1", "localhost", "::1"].contains(url?.host ?? "")
        guard let url, url.host != nil, url.scheme == "https" || (url.scheme == "http" && isLocal) else {
            throw StartupError("tokens.keys: \(text) is neither an https address nor a file.")
        }
        return .url(text)
    }
}
