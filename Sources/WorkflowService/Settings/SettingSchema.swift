import AI
import Activities
import JSON
import Logging
import Observability
import Storage

/// Every setting of the service, one line each: a line here is all that a new one needs. It is read as
/// `settings.NAME`, and the file, the environment, `--set`, `workflow-service config` and docs/configuration.md know it.
struct SettingSchema: Sendable {
    let environment = Setting(
        "environment", .name, flag: "environment",
        "The profile: a name under `environments` in the file, whose settings overlay the others. Names the Temporal namespace unless that is set."
    )

    let role = Setting(
        "server.role", .choice, default: ServiceRole.all, flag: "role",
        "What the process does: the API, workers, or both. Several of each run beside each other.")
    let host = Setting("server.host", .text, default: "127.0.0.1", flag: "host", "The address to listen on.")
    let port = Setting("server.port", .port, default: 8080, flag: "port", "The port of the API; 0 takes a free one.")
    let tlsCertificate = Setting(
        "server.tls_certificate", .path,
        "The certificate chain (PEM) for HTTPS; read again when the file changes. Without it the API speaks HTTP.")
    let tlsKey = Setting("server.tls_key", .path, "The certificate's private key (PEM).")
    let monitoringPort = Setting(
        "server.monitoring_port", .port, flag: "monitoring-port",
        "The port on which a process without the API answers health and metrics, without a key; nowhere when it is not set."
    )
    let corsOrigins = Setting(
        "server.cors_origins", .list(of: .origin), default: [],
        "Web pages of other origins that may call the API with a key or token of their own: `https://console.example.com`."
    )
    let shutdownGrace = Setting(
        "server.shutdown_grace", .duration, default: .seconds(45),
        "How long a stopping process finishes requests and activities.")

    let data = Setting(
        "data.folder", .path, default: "data", flag: "data",
        "Documents, payloads, keys; database and Temporal of the embedded mode. Shared by all processes of a cluster.")

    let databaseURL = Setting(
        "database.url", .text, environment: "DATABASE_URL", secret: true,
        "PostgreSQL: `postgresql://user:password@host:5432/database?sslmode=verify-full`; else SQLite in the data folder."
    )
    let databaseConnections = Setting(
        "database.connections", .integer(1...1000), default: 10,
        "Connections to PostgreSQL of one process, besides one that listens.")
    let databaseStatementTimeout = Setting(
        "database.statement_timeout", .duration, default: .seconds(30), "The longest that one statement may take.")
    let databaseStartupWait = Setting(
        "database.startup_wait", .duration, default: .seconds(60),
        "How long a start waits for a PostgreSQL that is away.")

    let keptExecutions = Setting(
        "retention.executions", .duration, default: .days(365),
        "How long closed executions are kept, with steps, logs and archived histories; 0s for ever, as for all of these."
    )
    let keptLogs = Setting("retention.logs", .duration, default: .days(30), "Of the log lines of executions.")
    let keptDeliveries = Setting(
        "retention.deliveries", .duration, default: .days(30), "Of what was sent to webhooks, or given up.")
    let keptAudit = Setting("retention.audit", .duration, default: .days(730), "Of the audit log.")
    let keptIdempotencyKeys = Setting(
        "retention.idempotency_keys", .duration, default: .days(7), "After this a key may start another execution.")
    let keptUsage = Setting(
        "retention.usage", .duration, default: .zero,
        "Of the ledger of AI calls whose executions are gone; it keeps tenant, model, time and cost.")
    let keptPayloads = Setting(
        "retention.payloads", .duration, default: .days(400),
        "Of large payloads since their last use, never before what may still name them. Longer than `retention.executions` and `temporal.retention`."
    )

    let temporalAddress = Setting(
        "temporal.address", .text, environment: "TEMPORAL_ADDRESS",
        "host:port of a cluster, instead of the embedded server.")
    let temporalNamespace = Setting(
        "temporal.namespace", .text, default: "workflow-service", environment: "TEMPORAL_NAMESPACE",
        "Made when it is not there. With an environment: workflow-service-ENVIRONMENT.")
    let temporalRetention = Setting(
        "temporal.retention", .duration, default: .seconds(30 * 86_400),
        "How long Temporal keeps closed histories, for a namespace that this service makes.")
    let temporalAPIKey = Setting(
        "temporal.api_key", .text, environment: "TEMPORAL_API_KEY", secret: true, "Of Temporal Cloud; turns TLS on.")
    let temporalTLS = Setting(
        "temporal.tls", .bool, environment: "TEMPORAL_TLS",
        "TLS to the cluster; on when any other setting of TLS is given.")
    let temporalClientCertificate = Setting(
        "temporal.tls_client_cert_path", .path, environment: "TEMPORAL_TLS_CLIENT_CERT_PATH",
        "The client's certificate (PEM).")
    let temporalClientKey = Setting(
        "temporal.tls_client_key_path", .path, environment: "TEMPORAL_TLS_CLIENT_KEY_PATH", "The client's key (PEM).")
    let temporalCA = Setting(
        "temporal.tls_server_ca_cert_path", .path, environment: "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
        "Who signs the cluster's certificate, when it is none of the system's.")
    let temporalServerName = Setting(
        "temporal.tls_server_name", .text, environment: "TEMPORAL_TLS_SERVER_NAME",
        "The name in the cluster's certificate, when it is not the address's.")
    let temporalCLI = Setting(
        "temporal.cli", .path, environment: "TEMPORAL_CLI",
        "The `temporal` program of the embedded server; else .venv/bin/temporal, else the PATH.")

    let openAIKey = Setting(
        "openai.api_key", .text, environment: "OPENAI_API_KEY", secret: true,
        "An OpenAI-compatible provider beside the built-in one.")
    let openAIAddress = Setting(
        "openai.base_url", .address, environment: "OPENAI_BASE_URL", "Its address; a server of one's own needs no key.")
    let openAIOrganization = Setting(
        "openai.org_id", .text, environment: "OPENAI_ORG_ID", "Sent along, where the vendor asks for it.")
    let openAIProject = Setting(
        "openai.project_id", .text, environment: "OPENAI_PROJECT_ID", "Sent along, where the vendor asks for it.")
    let anthropicKey = Setting(
        "anthropic.api_key", .text, environment: "ANTHROPIC_API_KEY", secret: true, "Of Anthropic.")
    let anthropicAddress = Setting(
        "anthropic.base_url", .address, environment: "ANTHROPIC_BASE_URL", "Of a server that speaks Messages.")
    let geminiKey = Setting(
        "gemini.api_key", .text, environment: "GEMINI_API_KEY", secret: true, "Of Google Gemini.")
    let geminiAddress = Setting(
        "gemini.base_url", .address, environment: "GEMINI_BASE_URL", "Of a server that speaks Gemini's form.")
    let aiProviders = Setting(
        "ai.providers", .list(of: .text), default: [], environment: "AI_PROVIDERS",
        "More OpenAI-compatible servers: `vllm=http://10.0.0.5:8000/v1 structured_output=json_object` (docs/ai.md).")
    let aiKeysFile = Setting(
        "ai.keys_file", .path, environment: "AI_KEYS_FILE",
        "Keys to providers, one a line: `PROVIDER/NAME:SECRET:WEIGHT`; read again when it changes and on SIGHUP.")
    let modelsBasic = Setting(
        "ai.models_basic", .list(of: .text), environment: "AI_MODELS_BASIC",
        "The Basic tier's models, the preferred first: `openai/gpt-6-luna,local`; an empty list takes AI from the tier."
    )
    let modelsPremium = Setting(
        "ai.models_premium", .list(of: .text), environment: "AI_MODELS_PREMIUM", "The Premium tier's models.")
    let modelsEnterprise = Setting(
        "ai.models_enterprise", .list(of: .text), environment: "AI_MODELS_ENTERPRISE",
        "The Enterprise tier's models.")
    let modelPrices = Setting(
        "ai.model_prices", .list(of: .text), default: [], environment: "AI_MODEL_PRICES",
        "`model=INPUT/OUTPUT` in dollars per million tokens; a model without a price is refused.")

    let pricesFile = Setting(
        "ai.prices_file", .path, environment: "AI_PRICES_FILE",
        "A price list (docs/ai.md) over our own; read again when it changes and on SIGHUP.")
    let aiSelection = Setting(
        "ai.selection", .choice, default: SelectionOrder.listed, environment: "AI_SELECTION",
        "Which of a tier's models is asked first: as listed, the cheapest, or the quickest.")
    let aiFailover = Setting(
        "ai.fallback_enabled", .bool, default: true, environment: "AI_FALLBACK_ENABLED",
        "Whether another model or provider answers when the first cannot; a task's own fallback always stays.")
    let aiDowngrade = Setting(
        "ai.downgrade", .bool, default: true, environment: "AI_DOWNGRADE",
        "Whether a cheaper model is taken when a hard budget has no room for the chosen one; else the call is refused.")
    let aiDeadline = Setting(
        "ai.deadline", .duration, default: .seconds(45), environment: "AI_DEADLINE",
        "Over all that one AI operation takes, failover included; below the 50 s of an AI activity.")
    let aiTries = Setting(
        "ai.tries", .integer(1...10), default: 2, environment: "AI_TRIES",
        "Calls to one model for one operation, where they fail in a way that may pass.")
    let aiCircuitPause = Setting(
        "ai.circuit_pause", .duration, default: .seconds(10), environment: "AI_CIRCUIT_PAUSE",
        "How long a model is left alone after five failures in a row, or when half of its calls fail; doubled while it goes on. 0s: never."
    )
    let aiLimits = Setting(
        "ai.limits", .list(of: .callLimit), default: [], environment: "AI_LIMITS",
        "Bounds on calls, of all processes together: `openai/requests=500`, `openai/gpt-6-luna/tokens=200000` (a minute), `tenant/at_once=20`."
    )
    let aiBatchWindow = Setting(
        "ai.batch_window", .duration, default: .milliseconds(5), environment: "AI_BATCH_WINDOW",
        "How long requests to classify or extract that are alike wait for each other while one is under way; 0s: each goes alone."
    )
    let aiCacheAge = Setting(
        "ai.cache_age", .duration, default: .days(1), environment: "AI_CACHE_AGE",
        "How long an answer is given again to the same request of the same tenant; 0s turns the cache off.")
    let aiCacheMemory = Setting(
        "ai.cache_memory", .bytes, default: 16 << 20, environment: "AI_CACHE_MEMORY", "Of cached answers, in a process."
    )
    let aiCacheSize = Setting(
        "ai.cache_size", .bytes, default: 256 << 20, environment: "AI_CACHE_SIZE", "Of cached answers, in the database."
    )
    let aiLedger = Setting(
        "ai.ledger", .bool, default: true, environment: "AI_LEDGER",
        "Whether calls are recorded and held against budgets; not to be turned off where a hard budget is set.")

    let encryptionKeys = Setting(
        "encryption.keys_file", .path,
        "Keys that encrypt what Temporal and the payload store hold; off when it is not set.")
    let secretKeys = Setting(
        "secrets.keys_file", .path,
        "Keys that encrypt tenants' secrets in the database; else `secret-keys` in the data folder, made on the first start."
    )
    let failedAuthentications = Setting(
        "access.failures_per_minute", .integer(1...1_000_000), default: 300,
        "Requests with an invalid key or token that one address may send to a process in a minute.")
    let tokenIssuer = Setting(
        "tokens.issuer", .text, "Who issues the tokens (JWT) that are credentials; none are when it is not set.")
    let tokenAudience = Setting("tokens.audience", .text, "What must stand in a token's `aud`.")
    let tokenKeys = Setting("tokens.keys", .text, "The issuer's JSON Web Key Set: an https address, or a file.")
    let tokenTenantClaim = Setting(
        "tokens.tenant_claim", .text, default: "tenant_id",
        "The claim with the tenant's id or name; dots lead into objects.")
    let tokenRolesClaim = Setting(
        "tokens.roles_claim", .text, default: "roles", "The claim with the caller's roles, a text or a list.")
    let codecOrigins = Setting(
        "codec.origins", .list(of: .origin), default: [],
        "Web pages that may use the codec; the embedded server's UI may always.")
    let allowedHTTP = Setting(
        "http.allow", .list(of: .destination), default: [], flag: "allow-http",
        "What `call: http` may reach in a private network.")

    let logLevel = Setting(
        "log.level", .choice, default: Logger.Level.notice, flag: "log-level", "Logs go to standard error.")
    let logFormat = Setting(
        "log.format", SettingKind<LogFormat>.choice,
        "`text` for people, `json` for machines; by default text on a terminal and JSON elsewhere.")
    let personalData = Setting(
        "log.personal_data", .choice, default: PersonalData.masked,
        "What logs show of people: everything, addresses and numbers masked, or also no text of AI prompts and answers."
    )
}

extension SettingSchema {
    static let shared = SettingSchema()
    /// In the order of the file above.
    static let all: [any AnySetting] = Mirror(reflecting: shared).children.compactMap { $0.value as? any AnySetting }
    static let byKey: [String: any AnySetting] = Dictionary(all.map { ($0.key, $0) }) { first, _ in first }
}
