import Foundation
import Logging
import Storage
import Templates
import Worker
import WorkflowDefinition

/// What every role needs of the data: the folder, the database and the stores on it.
struct Stores: Sendable {
    let folder: DataFolder
    let database: any Database
    let tenants: TenantStore
    let keys: APIKeyStore
    let documents: DocumentStore
    let payloads: PayloadStore
    let templates: TemplateRegistry
    let executions: ExecutionStore
    let histories: HistoryArchive
    let usage: AIUsageStore
    /// Encrypts secrets, the tenants' and those of their webhooks.
    let secretBox: SecretBox

    /// Opens the database, migrates it and sees to the standard templates.
    static func open(_ configuration: ServiceConfiguration, logger: Logger) async throws -> Stores {
        let folder = try DataFolder(configuration.dataFolder, isExclusive: configuration.isEmbedded)
        let database = try openDatabase(configuration.settings, logger: logger)
        try await migrate(database, configuration.settings, logger: logger)
        let templates = TemplateRegistry(store: DefinitionStore(database), catalog: .standard)
        try await templates.installStandardTemplates()
        return Stores(
            folder: folder, database: database, tenants: TenantStore(database), keys: APIKeyStore(database),
            documents: try DocumentStore(database, folder: folder.documents),
            payloads: try PayloadStore(folder: folder.payloads), templates: templates,
            executions: ExecutionStore(database), histories: try HistoryArchive(folder: folder.histories),
            usage: AIUsageStore(database),
            secretBox: try configuration.secretBox ?? SecretBox(file: folder.secretKeys())
        )
    }

    /// The first start makes a tenant, with everything the service offers, and its key.
    func firstKey() async throws -> String? {
        guard try await tenants.list().isEmpty else { return nil }
        do {
            let tenant = try await tenants.create(name: "default", tier: .enterprise)
            let key = try await keys.create(tenant: tenant.id, name: "first key").key
            try folder.write(apiKey: key)
            return key
        } catch let error as StorageError where error.code == .conflict {
            // Another process was quicker.
            return nil
        }
    }
}
