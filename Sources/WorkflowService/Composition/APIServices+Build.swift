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
    static func access(
        _ configuration: ServiceConfiguration, stores: Stores, logger: Logger
    ) throws -> AccessServices {
        AccessServices(
            database: stores.database, documents: stores.documents, histories: stores.histories,
            secretBox: stores.secretBox,
            operatorKey: OperatorKey(try stores.folder.operatorKey()),
            tokens: configuration.tokens.map { TokenVerifier($0, logger: logger) },
            failureQuota: configuration.settings.failedAuthentications, logger: logger)
    }

    /// People open the UI under either name of this machine.
    private static func uiOrigins(_ address: String) -> Set<String> {
        [address, address.replacing("//127.0.0.1:", with: "//localhost:")]
    }
}

extension URL {
    /// Whether its host is this machine.
    var isLoopback: Bool {
        let host = (host ?? "").trimmingCharacters(in: ["[", "]"]).lowercased()
        return ["localhost", "::1"].contains(host) || host.wholeMatch(of: /127(\.[0-9]{1,3}){3}/) != nil
    }
}

extension TokenConfiguration {
    /// nil where no issuer is set.
    init?(_ settings: Settings) throws(StartupError) {
        guard let issuer = settings.tokenIssuer else { return nil }
        guard let audience = settings.tokenAudience, let keys = settings.tokenKeys else {
            throw StartupError("tokens.issuer needs tokens.audience and tokens.keys beside it.")
        }
        self.init(issuer: issuer, audience: audience, keys: try Self.source(keys))
        tenantClaim = settings.tokenTenantClaim
        rolesClaim = settings.tokenRolesClaim
    }

    private static func source(_ text: String) throws(StartupError) -> KeySource {
        guard text.contains("://") else { return .file(URL(filePath: text)) }
        let url = URL(string: text)
        guard let url, url.host != nil, url.scheme == "https" || (url.scheme == "http" && url.isLoopback) else {
            throw StartupError("tokens.keys: \(text) is neither an https address nor a file.")
        }
        return .url(text)
    }
}
