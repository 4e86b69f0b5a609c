import AI
import AsyncHTTPClient
import Foundation
import JSON
import Logging
import Storage
import TestSupport

/// A migrated database with one running execution, and AI services on it.
struct Ledger {
    let database: any Database
    let usage: AIUsageStore
    let tenant = UUID()
    let execution = UUID()

    init() async throws {
        database = try await makeTestDatabase()
        usage = AIUsageStore(database)
        let definition = try await DefinitionStore(database).upsert(
            StoredDefinition(
                name: "test", description: nil, category: "test", version: "1.0.0", definition: [:],
                enhancementPoints: [], source: "{}",
                tenantID: tenant, createdBy: tenant))
        _ = try await ExecutionStore(database).insert(
            NewExecution(id: execution, tenantID: tenant, definitionID: definition.id, input: nil, aiEnhanced: true)
        )
    }

    func caller(_ tier: Tier = .enterprise, activity: String = "7", attempt: Int = 1) -> AICaller {
        AICaller(
            tenant: tenant, tier: tier, executionID: execution, activityID: activity,
            activityName: "ai_summarize_activity",
            attempt: attempt)
    }

    /// In the order of the calls.
    func rows() async throws -> [UsageRecord] {
        try await usage.list(execution: execution, tenant: tenant).sorted {
            ($0.activityID, $0.callNumber) < ($1.activityID, $1.callNumber)
        }
    }

    /// With the models of the scripted server and `local` for the enterprise tier.
    func service(
        _ models: [String], server: ScriptedServer? = nil, deadline: Duration = .seconds(45),
        keys: [ProviderKey] = [ScriptedServer.key], logger: Logger = .silent,
        _ change: (inout AIConfiguration) -> Void = { _ in }
    ) throws -> AIService {
        var configuration = AIConfiguration(
            models: [
                .enterprise: models.map { $0 == "local" ? .local : AIModel(provider: "openai", name: $0) },
                .premium: [.local],
                .basic: [],
            ], deadline: deadline, openAICompatible: server.map { [$0.configuration()] } ?? [],
            keySources: ["openai": [.keys(keys)]], prices: ScriptedServer.prices)
        change(&configuration)
        return try AIService(configuration: configuration, client: .shared, database: database, logger: logger)
    }
}
