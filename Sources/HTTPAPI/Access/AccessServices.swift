import Foundation
import Hummingbird
package import Logging
package import ServiceLifecycle
package import Storage

/// Who may do what: the stores and what every request asks of them.
package struct AccessServices: Sendable {
    package let database: any Database
    package let keys: APIKeyStore
    package let tenants: TenantStore
    package let secrets: SecretStore
    package let audit: AuditLog
    private let data: TenantDataRoutes
    package let operatorKey: OperatorKey
    /// nil: tokens are no credentials here.
    package let tokens: TokenVerifier?
    private let logger: Logger

    let cache = PrincipalCache()
    let uses = KeyUses()
    let requests = RequestLimit()
    /// Of one address within a minute.
    let failureQuota: Int
    /// Failed authentications by address.
    let failures = TokenBuckets<String>()
    /// Refusals that were remembered, by principal.
    let refusals = TokenBuckets<UUID>()

    package init(
        database: any Database, documents: DocumentStore, histories: HistoryArchive, secretBox: SecretBox,
        operatorKey: OperatorKey, tokens: TokenVerifier?, failureQuota: Int,
        logger: Logger
    ) {
        self.database = database
        keys = APIKeyStore(database)
        tenants = TenantStore(database)
        secrets = SecretStore(database, box: secretBox)
        audit = AuditLog(database)
        data = TenantDataRoutes(
            tenants: tenants, erasure: TenantErasure(database),
            export: TenantExport(
                database, documents: documents, histories: histories),
            audit: audit)
        self.operatorKey = operatorKey
        self.tokens = tokens
        self.failureQuota = failureQuota
        self.logger = logger
    }

    /// Behind a tenant's key.
    func addRoutes(to router: some RouterMethods<APIContext>) {
        KeyRoutes(keys: keys).add(to: router)
        SecretRoutes(secrets: secrets).add(to: router)
        AuditRoutes(audit: audit).add(to: router)
        OwnTenantRoutes(tenants: tenants).add(to: router)
        data.addRoutes(to: router)
    }

    /// Behind the operator's key.
    func addOperatorRoutes(to router: some RouterMethods<APIContext>) {
        TenantRoutes(tenants: tenants, keys: keys).add(to: router)
        data.addOperatorRoutes(to: router)
    }

    /// To run beside the API.
    package var services: [any Service] {
        [
            AccessUpkeep(access: self, logger: logger)
        ] + (tokens.map { [$0.keys] } ?? [])
    }
}

/// Forgets cached callers when keys or tenants change, and writes down uses of keys.
private struct AccessUpkeep: Service {
    let access: AccessServices
    let logger: Logger

    private static let interval = Duration.seconds(120)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await CacheInvalidation(access.database, [(.keys, { access.cache.expire() })]).run()
                }
                group.addTask {
                    while (try? await Task.sleep(for: Self.interval)) != nil { await flush() }
                }
            }
        }
        // In a task of its own: this one is cancelled.
        await Task { await flush() }.value
    }

    private func flush() async {
        do {
            try await access.uses.flush(to: access.keys)
        } catch {
            logger.warning("The last uses of keys are not recorded yet", metadata: ["error": "\(error)"])
        }
    }
}
