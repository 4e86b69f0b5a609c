/// The tables that hold a tenant's rows, and how they are exported and erased. A test compares the list with the database.
package struct TenantTable: Sendable {
    package let name: String
    /// The order of an export.
    let key: [String]
    /// Whose rows: one placeholder, the tenant's id.
    var condition = "tenant_id = ?"
    /// Columns that no export shows: digests of keys, and secrets.
    var hidden: Set<String> = []
    var json: Set<String> = []
    var booleans: Set<String> = []

    init(
        _ name: String, key: [String] = ["id"], condition: String = "tenant_id = ?", hidden: Set<String> = [],
        json: Set<String> = [], booleans: Set<String> = []
    ) {
        self.name = name
        self.key = key
        self.condition = condition
        self.hidden = hidden
        self.json = json
        self.booleans = booleans
    }

    /// What refers to others stands before them, so that they can be deleted in this order.
    package static let all = [
        TenantTable("execution_logs", json: ["fields"]),
        TenantTable("execution_tags", key: ["execution_id", "tag"]),
        TenantTable("execution_steps", key: ["execution_id", "number"]),
        TenantTable("execution_histories", key: ["execution_id", "run_id"]),
        TenantTable(
            "webhook_attempts", key: ["delivery_id", "number"],
            condition: "delivery_id IN (SELECT id FROM webhook_deliveries WHERE tenant_id = ?)"),
        TenantTable("webhook_deliveries"),
        TenantTable("webhooks", hidden: ["secret", "previous_secret", "key_id"], json: ["events"]),
        TenantTable("schedules", json: ["input", "tags", "spec"], booleans: ["ai_enhanced"]),
        TenantTable("execution_enhancements", key: ["execution_id", "number"], booleans: ["used"]),
        TenantTable("execution_outcomes", key: ["execution_id", "name"]),
        TenantTable("ai_answers", key: ["execution_id", "activity_id", "request_digest"], json: ["answer"]),
        TenantTable("ai_cache", key: ["digest"], json: ["answer"]),
        TenantTable("ai_reservations", json: ["record", "counters"]),
        TenantTable("ai_budgets", booleans: ["hard"]),
        TenantTable("ai_usage_logs", booleans: ["success", "fallback_used", "tokens_estimated", "cache_hit"]),
        TenantTable(
            "workflow_executions",
            json: ["input", "output", "steps", "ai_activities_used", "metadata", "tags"],
            booleans: ["ai_enhanced", "fallback_used"]),
        TenantTable("documents"),
        TenantTable("workflow_definitions", json: ["definition", "ai_enhancement_points"]),
        TenantTable("secrets", key: ["name"], hidden: ["ciphertext", "key_id"]),
        TenantTable("api_keys", hidden: ["digest"], json: ["scopes"]),
        TenantTable("audit_log", json: ["detail"]),
    ]
}
